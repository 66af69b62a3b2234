// What a visitor does before a state is to be seen; the page says when it is done.

let visit: Promise<void> = Promise.resolve();

/** Lets the page draw, and what it asked for arrive. */
export function drawn(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
  });
}

/** Does `deeds` one after the other once the page is drawn. */
export function afterwards(...deeds: (() => void)[]): void {
  visit = (async () => {
    for (const deed of deeds) {
      await drawn();
      deed();
    }
  })();
}

/** Resolves when everything is done and drawn. */
export async function visited(): Promise<void> {
  await visit;
  await drawn();
}

/** Clicks the button or tab that is named so, or begins so. */
export function press(name: string): void {
  const all = [...document.querySelectorAll<HTMLElement>("button, [role=tab]")];
  const wanted = all.find((element) => {
    const its = element.getAttribute("aria-label") ?? element.textContent ?? "";
    return its.startsWith(name) && element.checkVisibility();
  });
  if (!wanted) throw new Error(`there is no button ${name}`);
  wanted.click();
}

/** Writes into the field as a person would. */
export function write(selector: string, text: string): void {
  const field = document.querySelector<HTMLInputElement | HTMLSelectElement>(selector);
  if (!field) throw new Error(`there is no field ${selector}`);
  field.value = text;
  const kind = field instanceof HTMLSelectElement ? "change" : "input";
  field.dispatchEvent(new Event(kind, { bubbles: true }));
}

export function send(): void {
  document.querySelector("form")?.requestSubmit();
}
