// Whether a film goes on although its element says that it lacks data. WebKitGTK says so all the
// time for some films that it plays.

/** A browser that really stalls does not go on this far after it has said so. */
const GOES_ON_S = 0.5;
/** Without any progress for this long it stands still. */
const STILL_MS = 1000;

export class Advance {
  /** Where it began to play, or said last that it waits. */
  #from_s = 0;
  /** The last position that was farther than all before. */
  #at_s = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** It plays on without the data that it says it needs. */
  isSeen = false;

  /** Calls `onChange` when `isSeen` has changed by itself; `end` ends its listeners. */
  constructor(
    private readonly element: HTMLVideoElement,
    private readonly end: AbortSignal,
    private readonly onChange: () => void,
  ) {
    const when = (name: string, act: () => void) =>
      element.addEventListener(name, act, { signal: end });
    for (const name of ["waiting", "seeking", "pause", "emptied"]) when(name, () => this.#stand());
    when("timeupdate", () => this.#move());
  }

  #stand(): void {
    clearTimeout(this.#timer);
    this.isSeen = false;
    this.#from_s = this.#at_s = this.element.currentTime;
  }

  #move(): void {
    const { currentTime, paused, seeking, readyState } = this.element;
    if (paused || seeking || readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) {
      if (this.isSeen || currentTime !== this.#at_s) this.#stand();
      return;
    }
    if (currentTime <= this.#at_s) return;
    this.#at_s = currentTime;
    if (currentTime - this.#from_s < GOES_ON_S) return;
    this.isSeen = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.end.aborted) return;
      this.#stand();
      this.onChange();
    }, STILL_MS);
  }
}
