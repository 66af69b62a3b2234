// When the page is hidden and shown. Phones pause a frame when someone switches to another app,
// locks the screen or takes a call, and some resume it afterwards. That is not a command to the
// room.
//
// https://www.w3.org/TR/page-visibility-2/

/** The frame reports it a little later, or only when the page is shown again. */
const RECENT_MS = 500;

export class PageVisibility {
  #changedAt_ms = Number.NEGATIVE_INFINITY;

  constructor(private readonly onShown: () => void) {
    document.addEventListener("visibilitychange", this.#onChange);
  }

  /** The page is hidden, or was hidden or shown a moment ago. */
  get justChanged(): boolean {
    return document.hidden || performance.now() - this.#changedAt_ms < RECENT_MS;
  }

  dispose(): void {
    document.removeEventListener("visibilitychange", this.#onChange);
  }

  readonly #onChange = (): void => {
    this.#changedAt_ms = performance.now();
    if (!document.hidden) this.onShown();
  };
}
