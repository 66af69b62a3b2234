// Our own <video>: MP4 and WebM as files, and the base of HLS.

import type { Playable } from "../rest.gen";
import { Emitter } from "./events";
import type { Player, PlayerError, PlayerEvent, PlayerListener, PlayerTraits } from "./player";

/** Events of the element that need no more than passing on. */
const PASSED_ON: [string, PlayerEvent][] = [
  ["loadedmetadata", "ready"],
  ["waiting", "waiting"],
  ["playing", "playing"],
  ["durationchange", "durationchange"],
  ["timeupdate", "progress"],
  ["progress", "progress"],
];

/** So many links to bytes elsewhere may give nothing before their format is blamed. */
const FUTILE_LINKS = 3;

const EXPIRED: PlayerError = { kind: "expired", message: "The link to this video has expired." };
const MISSING: PlayerError = { kind: "missing", message: "This video is no longer there." };
const NETWORK: PlayerError = {
  kind: "network",
  message: "The video could not be loaded. Check your connection.",
};
const UNSUPPORTED: PlayerError = {
  kind: "unsupported",
  message: "Your browser cannot play this video. Try another browser.",
};

/** What an HTTP answer in place of a video means. */
export function errorOfStatus(status: number): PlayerError {
  if (status === 401 || status === 403) return EXPIRED;
  if (status === 404 || status === 410) return MISSING;
  return status >= 200 && status < 300 ? UNSUPPORTED : NETWORK;
}

export class HtmlPlayer implements Player {
  readonly traits: PlayerTraits = {
    correction: "smooth",
    seek: true,
    pause: true,
    rate: true,
    volume: true,
    reportsProgress: true,
    reportsEvents: true,
    ownControls: false,
  };
  readonly element = document.createElement("video");
  readonly #emitter = new Emitter();
  /** Ends every listener and request of this player. */
  readonly #end = new AbortController();
  /** What was asked last, or done by the user since: what differs from it is his doing. */
  #wantsToPlay = false;
  #seeks = false;
  #wishedRate = 1;
  #wishedVolume = 1;
  #wishedMuted = false;
  #loadedAgain = false;
  /** It has given something to play once, so the browser knows its format. */
  #hasLoaded = false;
  /** Links that gave nothing before that. */
  #futile = 0;
  /** Data has been expected in vain for some seconds. */
  #isDry = false;
  #playable: Playable | null = null;
  /** A newer link, for when the element has to ask the server anew in any case. */
  #fresh: Playable | null = null;

  constructor() {
    this.element.preload = "auto";
    this.element.playsInline = true;
    for (const [name, event] of PASSED_ON) this.#when(name, () => this.#emitter.emit(event));
    this.#when("loadedmetadata", () => {
      this.#hasLoaded = true;
    });
    this.#when("progress", () => {
      this.#isDry = false;
    });
    this.#when("stalled", () => {
      this.#isDry = true;
      this.#waitNoLonger();
    });
    this.#when("waiting", () => this.#waitNoLonger());
    this.#when("play", () => this.#changed("play"));
    this.#when("pause", () => this.#changed("pause"));
    this.#when("seeked", () => this.#seeked());
    this.#when("ended", () => this.#ended());
    this.#when("ratechange", () => {
      this.#emitter.emit("ratechange", { fromUser: this.playbackRate !== this.#wishedRate });
    });
    this.#when("error", () => this.#playable && void this.#diagnose(this.#playable));
    this.#when("volumechange", () => {
      const fromUser = this.volume !== this.#wishedVolume || this.muted !== this.#wishedMuted;
      this.#emitter.emit("volumechange", { fromUser });
    });
  }

  get currentTime(): number {
    return this.element.currentTime;
  }

  get duration(): number {
    return this.element.duration;
  }

  get paused(): boolean {
    return this.element.paused;
  }

  get buffering(): boolean {
    const starved = this.element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    return this.element.seeking || (starved && !this.element.paused);
  }

  get ended(): boolean {
    return this.element.ended;
  }

  get playbackRate(): number {
    return this.element.playbackRate;
  }

  get volume(): number {
    return this.element.volume;
  }

  get muted(): boolean {
    return this.element.muted;
  }

  get buffered(): readonly [number, number][] {
    const ranges = this.element.buffered;
    return Array.from({ length: ranges.length }, (_, i) => [ranges.start(i), ranges.end(i)]);
  }

  async play(): Promise<void> {
    this.#wantsToPlay = true;
    try {
      await this.element.play();
    } catch (reason) {
      if (reason instanceof DOMException && reason.name === "NotAllowedError") {
        this.#emitter.emit("blocked");
      }
      throw reason;
    }
  }

  pause(): void {
    this.#wantsToPlay = false;
    this.element.pause();
  }

  seek(position: number): void {
    const target = Math.max(0, position);
    if (this.#fresh !== null && !this.#has(target)) {
      this.#reopen(this.#fresh, target);
      return;
    }
    this.#seeks = true;
    this.element.currentTime = target;
  }

  setRate(rate: number): void {
    this.#wishedRate = rate;
    this.element.playbackRate = rate;
  }

  setVolume(volume: number): void {
    this.#wishedVolume = Math.min(1, Math.max(0, volume));
    this.element.volume = this.#wishedVolume;
  }

  setMuted(muted: boolean): void {
    this.#wishedMuted = muted;
    this.element.muted = muted;
  }

  on(event: PlayerEvent, listener: PlayerListener): () => void {
    return this.#emitter.on(event, listener);
  }

  dispose(): void {
    this.#end.abort();
    this.#emitter.clear();
    this.element.pause();
    // Without a source to go to, the element lets go of its connection and its memory.
    this.element.removeAttribute("src");
    this.element.load();
    this.element.remove();
  }

  /** Loads a file that the element reads by itself, from its beginning; again by a new link. */
  open(playable: Playable): void {
    this.#playable = playable;
    this.#loadedAgain = false;
    this.#isDry = false;
    this.#fresh = null;
    this.element.src = playable.url;
  }

  renew(playable: Playable): void {
    this.#fresh = playable;
  }

  #has(position: number): boolean {
    return this.buffered.some(([start, end]) => start <= position && position < end);
  }

  /** Goes on at `position` by another link to the same file. */
  #reopen(playable: Playable, position: number): void {
    this.open(playable);
    this.#seeks = true;
    this.element.currentTime = position;
    // A new source is paused and at the usual rate.
    this.element.playbackRate = this.#wishedRate;
    // What goes wrong comes as an event.
    if (this.#wantsToPlay) this.element.play().catch(() => {});
  }

  #loadAgain(): void {
    this.#loadedAgain = true;
    this.element.load();
  }

  failed(error: PlayerError): void {
    if (!this.#end.signal.aborted) this.#emitter.emit("error", { fromUser: false, error });
  }

  #when(name: string, act: () => void): void {
    this.element.addEventListener(name, act, { signal: this.#end.signal });
  }

  #changed(event: "play" | "pause"): void {
    // The element's state, not the event: after pause() and play() in one turn both events
    // come, and neither of them is the user's.
    const fromUser = this.element.paused === this.#wantsToPlay && !this.element.ended;
    if (fromUser) this.#wantsToPlay = !this.element.paused;
    this.#emitter.emit(event, { fromUser });
  }

  #seeked(): void {
    const fromUser = !this.#seeks;
    this.#seeks = false;
    this.#emitter.emit("seeked", { fromUser });
  }

  #ended(): void {
    this.#wantsToPlay = false;
    this.#emitter.emit("ended");
  }

  /**
   * A browser may not read how another site refuses: it asks again for a minute, and says
   * nothing. By a new link the picture is there sooner.
   */
  #waitNoLonger(): void {
    const url = this.#playable?.url ?? "";
    if (this.#isDry && this.buffering && isElsewhere(url)) this.failed(NETWORK);
  }

  /**
   * Says what may be wrong where nobody can be asked. A link that has run out and a line that is
   * cut look like a file of an unknown format, and a new link may help.
   */
  #guess(): PlayerError {
    const code = this.element.error?.code;
    if (code === MediaError.MEDIA_ERR_NETWORK) return NETWORK;
    if (code === MediaError.MEDIA_ERR_DECODE) return UNSUPPORTED;
    return this.#hasLoaded || this.#futile++ < FUTILE_LINKS ? NETWORK : UNSUPPORTED;
  }

  /** Asks the server what is wrong: the element does not tell an expired link from a bad file. */
  async #diagnose(playable: Playable): Promise<void> {
    if (this.#fresh !== null) {
      this.#reopen(this.#fresh, this.element.currentTime);
      return;
    }
    if (playable.expires_at !== null && Date.parse(playable.expires_at) <= Date.now()) {
      // Date may be wrong by hours, so this only spares a question, and a new link does no harm.
      this.failed(EXPIRED);
      return;
    }
    if (isElsewhere(playable.url)) {
      this.failed(this.#guess());
      return;
    }
    // The server may be there again by now: what broke on the way is no fault of the file,
    // and what was no video a moment ago may have been the server's error page.
    const broke = this.element.error?.code === MediaError.MEDIA_ERR_NETWORK;
    try {
      const answer = await fetch(playable.url, { method: "HEAD", signal: this.#end.signal });
      if (answer.ok && broke) this.failed(NETWORK);
      else if (answer.ok && !this.#loadedAgain) this.#loadAgain();
      else this.failed(errorOfStatus(answer.status));
    } catch {
      this.failed(NETWORK);
    }
  }
}

/** Tells whether a storage gives the bytes out by itself: its answers are not ours to read. */
function isElsewhere(url: string): boolean {
  return new URL(url, location.href).origin !== location.origin;
}

export function createHtmlPlayer(playable: Playable): HtmlPlayer {
  const player = new HtmlPlayer();
  player.open(playable);
  return player;
}
