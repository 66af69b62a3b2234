// The visitor's steps that lead to a state. The page reports when they are done.

import { translated } from "../src/language/t";

let running: Promise<void> = Promise.resolve();

/** Waits until the page is drawn and its requests are answered. */
export function drawn(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
  });
}

/** Does `steps` one after the other once the page is drawn. */
export function afterwards(...steps: (() => void)[]): void {
  running = (async () => {
    for (const action of steps) {
      await drawn();
      await done(action);
    }
    if (steps.length > 0) await quiet();
  })();
}

const PATIENCE_MS = 5000;
const QUIET_MS = 60;

/** Does a step as soon as its target exists, because dialogs are loaded when they are opened. */
async function done(action: () => void): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      action();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await drawn();
    }
  }
}

/** Waits until the page has not changed for a moment. */
async function quiet(): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let last = performance.now();
  const observer = new MutationObserver(() => {
    last = performance.now();
  });
  observer.observe(document.body, { subtree: true, childList: true });
  while (performance.now() - last < QUIET_MS && performance.now() < until) await drawn();
  observer.disconnect();
}

/** Resolves when everything is done and drawn. */
export async function stepsDone(): Promise<void> {
  await running;
  await drawn();
}

/** Clicks the button or tab whose name begins with one of `names`. */
export function press(...names: string[]): void {
  const all = [...document.querySelectorAll<HTMLElement>("button, [role=tab], summary")];
  const wanted = all.find((element) => {
    const its = element.getAttribute("aria-label") ?? element.textContent ?? "";
    return names.some((name) => its.startsWith(translated(name))) && element.checkVisibility();
  });
  if (!wanted) throw new Error(`there is no button ${names}`);
  wanted.click();
}

/** Presses a key that is a shortcut. */
export function type(key: string): void {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

/** Fills in a field as a person would. */
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
