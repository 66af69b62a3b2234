// Where the focus goes when what had it leaves the page. Browsers put it nowhere then, and who
// uses the keyboard begins again at the top.

const REACHED =
  "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex='0']";

/** What last had the focus and all that it is in, from the inside out. */
let path: Element[] = [];

/**
 * Moves a focus that would be lost: to what comes in the same place, else to the row or button
 * beside it, else to the list that it was in or the heading above. Call it once.
 */
export function keepFocus(): void {
  document.addEventListener("focusin", ({ target }) => {
    path = target instanceof Element ? [...ancestors(target)] : [];
  });
  // Who presses elsewhere has left it, though it may leave the page later.
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !path[0]?.contains(target)) path = [];
  });
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}

function look(changes: MutationRecord[]): void {
  if (document.activeElement !== document.body || path[0]?.isConnected !== false) return;
  (beside(changes) ?? above())?.focus();
}

function beside(changes: readonly MutationRecord[]): HTMLElement | null {
  const stays = path.findIndex((element) => element.isConnected);
  const gone = path[stays - 1];
  const place = path[stays];
  const change = changes.find(({ removedNodes }) => gone && [...removedNodes].includes(gone));
  if (!gone || !change) return null;
  const fresh = changes.flatMap(({ target, addedNodes }) =>
    target === place ? [...addedNodes] : [],
  );
  const alike = (node: Node) => node instanceof Element && node.tagName === gone.tagName;
  const next = [...following(change.nextSibling, "nextSibling")].filter(alike);
  const before = [...following(change.previousSibling, "previousSibling")].filter(alike);
  for (const node of [...fresh, ...next, ...before]) {
    const found = firstReached(node);
    if (found) return found;
  }
  return null;
}

function firstReached(node: Node): HTMLElement | null {
  if (!(node instanceof HTMLElement) || !node.isConnected) return null;
  // One of those among which arrow keys move.
  if (node.hasAttribute("tabindex")) return node;
  const all = [node, ...node.querySelectorAll<HTMLElement>(REACHED)];
  return (
    all.find((one) => one.matches(REACHED) && one.tabIndex >= 0 && one.checkVisibility()) ?? null
  );
}

function above(): HTMLElement | null {
  for (const element of path) {
    if (!(element instanceof HTMLElement) || !element.isConnected) continue;
    if (element.matches(REACHED)) return element;
    const heading = element.querySelector<HTMLElement>("h1, h2, h3");
    if (!heading?.checkVisibility()) continue;
    if (!heading.hasAttribute("tabindex")) heading.tabIndex = -1;
    return heading;
  }
  return null;
}

function* ancestors(element: Element): Iterable<Element> {
  for (let each: Element | null = element; each; each = each.parentElement) yield each;
}

function* following(node: Node | null, way: "nextSibling" | "previousSibling"): Iterable<Node> {
  for (let each = node; each; each = each[way]) yield each;
}
