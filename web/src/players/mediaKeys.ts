// Media keys of keyboards and headsets, and the system's controls for a playing page.
//
// https://www.w3.org/TR/mediasession/

export interface MediaKeyActions {
  play: () => void;
  pause: () => void;
  seek: (position: number) => void;
  position: () => number;
}

/** How far a key seeks if the system does not say. */
const STEP_S = 10;

/** The newest player has the keys. Disposing an older one must not remove them. */
let owner: MediaKeys | null = null;

export class MediaKeys {
  readonly #handlers: [MediaSessionAction, MediaSessionActionHandler][];

  constructor({ play, pause, seek, position }: MediaKeyActions) {
    this.#handlers = [
      ["play", play],
      ["pause", pause],
      ["seekto", ({ seekTime }) => seekTime !== undefined && seek(seekTime)],
      ["seekforward", ({ seekOffset }) => seek(position() + (seekOffset ?? STEP_S))],
      ["seekbackward", ({ seekOffset }) => seek(position() - (seekOffset ?? STEP_S))],
    ];
    owner = this;
    for (const [action, handler] of this.#handlers) handle(action, handler);
  }

  dispose(): void {
    if (owner !== this) return;
    owner = null;
    for (const [action] of this.#handlers) handle(action, null);
  }
}

function handle(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
  try {
    navigator.mediaSession?.setActionHandler(action, handler);
  } catch {
    // This browser does not know the action, so it has no key for it.
  }
}
