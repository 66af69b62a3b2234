// When the page is hidden and shown. Phones stop a frame when somebody turns to another app, locks
// the screen or takes a call, and some start it again afterwards. Nobody in the room means that.
//
// https://www.w3.org/TR/page-visibility-2/

/** What a frame reports of it comes a little later, or is heard only when the page is shown. */
const MOMENT_MS = 500;

export class PageTurns {
  #turnedAt_ms = Number.NEGATIVE_INFINITY;

  constructor(private readonly onShown: () => void) {
    document.addEventListener("visibilitychange", this.#onTurn);
  }

  /** The page is hidden, or was hidden or shown a moment ago. */
  get isNear(): boolean {
    return document.hidden || performance.now() - this.#turnedAt_ms < MOMENT_MS;
  }

  dispose(): void {
    document.removeEventListener("visibilitychange", this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#turnedAt_ms = performance.now();
    if (!document.hidden) this.onShown();
  };
}
