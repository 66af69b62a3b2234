// Moves the focus when the focused element is removed. Browsers would drop it, and keyboard users
// would have to start again at the top.

const REACHED =
  "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex='0']";

/** The last element focused by keyboard, followed by its ancestors. */
let path: Element[] = [];

/**
 * Moves a focus that would be lost: to the element that takes the same place, or to the same button
 * of the next row, to that row, to the list, or to the heading above. Only for keyboard users; a
 * mouse user's next key is for the page. Call it once.
 */
export function keepFocus(): void {
  document.addEventListener("focusin", ({ target }) => {
    const byKey = target instanceof Element && target.matches(":focus-visible");
    path = byKey ? [...ancestors(target)] : [];
  });
  // Pressing elsewhere means that the user has left it, even if it is removed later.
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
  const change = gone && removalOf(gone, changes);
  if (!change) return null;
  const isRow = (node: Node): node is HTMLElement =>
    node instanceof HTMLElement && node.tagName === gone.tagName && node.checkVisibility();
  const fresh = changes.flatMap(({ target, addedNodes }) =>
    target === place ? [...addedNodes] : [],
  );
  for (const node of fresh) {
    const found = (isRow(node) ? inRow(node, gone) : null) ?? firstReached(node);
    if (found) return found;
  }
  for (const way of ["nextSibling", "previousSibling"] as const)
    for (const node of following(change, way, changes)) if (isRow(node)) return inRow(node, gone);
  return null;
}

/**
 * What to focus in a row instead of the focused element in the removed one. Never another button,
 * because the next press of the same key would do something unintended.
 */
function inRow(row: HTMLElement, gone: Element): HTMLElement | null {
  const lost = reachedIn(gone);
  const here = reachedIn(row);
  const alike = lost.map(kindOf).join() === here.map(kindOf).join();
  const same = alike ? here[lost.indexOf(path[0] as HTMLElement)] : undefined;
  if (same?.checkVisibility()) return same;
  // Elements between which the arrow keys move.
  const steps = [row, ...row.querySelectorAll<HTMLElement>("[tabindex='-1']:not(button)")];
  const step = steps.find((one) => one.hasAttribute("tabindex") && one.checkVisibility());
  if (step) return step;
  if (row.tagName !== "LI") return null;
  row.tabIndex = -1;
  return row;
}

/** What the Tab key reaches in a row, including the row, but not popovers that it opened. */
function reachedIn(row: Element): HTMLElement[] {
  return [row as HTMLElement, ...row.querySelectorAll<HTMLElement>(REACHED)].filter(
    (one) => one.matches(REACHED) && one.tabIndex >= 0 && !row.contains(one.closest("dialog")),
  );
}

/** Identifies a button by its looks, to find the same button in another row. */
function kindOf(element: Element): string {
  const icon = element.querySelector("svg")?.getAttribute("class") ?? "";
  return `${element.tagName} ${element.className} ${icon}`;
}

function firstReached(node: Node): HTMLElement | null {
  if (!(node instanceof HTMLElement) || !node.isConnected) return null;
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

/** The remaining siblings of a removed element, the nearest first. */
function* following(
  removal: MutationRecord,
  way: "nextSibling" | "previousSibling",
  changes: readonly MutationRecord[],
): Iterable<Node> {
  let at: MutationRecord | Node | undefined = removal;
  while (at) {
    const node: Node | null = at[way];
    if (!node) return;
    if (node.isConnected) yield node;
    // It was removed too: continue with its own siblings.
    at = node.isConnected ? node : removalOf(node, changes);
  }
}

function removalOf(node: Node, changes: readonly MutationRecord[]): MutationRecord | undefined {
  return changes.findLast(({ removedNodes }) => [...removedNodes].includes(node));
}
