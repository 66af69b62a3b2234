// Our own <video>: MP4 and WebM files, and the base class of HLS.

import type { Playable } from "../rest.gen";
import { takeVideo } from "../session/arrival";
import { Advance } from "./advance";
import { Emitter } from "./events";
import { MediaKeys } from "./mediaKeys";
import type { Player, PlayerError, PlayerEvent, PlayerListener } from "./player";
import type { PlayerTraits } from "./traits";
import { Diagnosis, isElsewhere, NETWORK, UNSUPPORTED } from "./videoErrors";

/** Events of the element that are passed on unchanged. */
const PASSED_ON: [string, PlayerEvent][] = [
  ["loadedmetadata", "ready"],
  ["waiting", "waiting"],
  ["playing", "playing"],
  ["durationchange", "durationchange"],
  ["timeupdate", "progress"],
  ["progress", "progress"],
];

/** If something pauses the element again this soon, it would do so for ever. */
const INSISTS_MS = 5_000;

/** If the page has taken this long, the connection or the device is slow. */
const SLOW_MS = 600;

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
  readonly #emitter = new Emitter();
  /** Ends every listener and request of this player. */
  readonly #end = new AbortController();
  /** The last command, by us or by the user. */
  #wantsToPlay = false;
  readonly #mediaKeys = new MediaKeys({
    play: () => this.#used("play"),
    pause: () => this.#used("pause"),
    seek: (position) => {
      this.seek(position);
      // Report it at once: otherwise the old position would be restored until the seek is done.
      this.#emitter.emit("seeked", { fromUser: true });
    },
    position: () => this.#putOff ?? this.element.currentTime,
  });
  /** The element is seeking because of a command, which was reported if necessary. */
  #ownSeek = false;
  /** It was sent to the start before it had loaded. It starts there, and reports no seek. */
  #beginsThere = false;
  #pausedItselfAt = Number.NEGATIVE_INFINITY;
  #wishedRate = 1;
  #wishedVolume = 1;
  #wishedMuted = false;
  readonly diagnosis: Diagnosis;
  readonly #advance: Advance;
  /** The key frame with which the reordered file starts, in seconds; 0 if it is not reordered. */
  #beginsAt = 0;
  /** Where to seek once the first picture, which is decoded quickly, has been shown. */
  #putOff: number | null = null;
  #playable: Playable | null = null;
  /** A newer link, used when the element has to reconnect anyway. */
  #fresh: Playable | null = null;

  /** `element` may already be loading the file. */
  constructor(readonly element = document.createElement("video")) {
    this.element.preload = "auto";
    this.element.playsInline = true;
    // Before other listeners, which use what it has recorded.
    this.diagnosis = new Diagnosis(this.element, this.#end.signal);
    this.#advance = new Advance(this.element, this.#end.signal, () =>
      this.#emitter.emit("waiting"),
    );
    for (const [name, event] of PASSED_ON) this.#when(name, () => this.#emitter.emit(event));
    this.#when("loadedmetadata", () => {
      if (this.#beginsThere) this.#seeked();
    });
    this.#when("loadeddata", () => this.#lookForPicture());
    this.#when("stalled", () => this.#waitNoLonger());
    this.#when("waiting", () => this.#waitNoLonger());
    this.#when("play", () => this.#changed("play"));
    this.#when("pause", () => this.#changed("pause"));
    this.#when("seeked", () => this.#seeked());
    this.#when("ended", () => this.#ended());
    this.#when("ratechange", () => {
      this.#emitter.emit("ratechange", { fromUser: this.playbackRate !== this.#wishedRate });
    });
    this.#when("error", () => this.#playable && void this.#broke(this.#playable));
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
    const { readyState, seeking, paused } = this.element;
    const starved = readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !this.#advance.isSeen;
    return seeking || (starved && !paused);
  }

  get hasLoaded(): boolean {
    return this.element.readyState >= HTMLMediaElement.HAVE_METADATA;
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
    const { buffered: ranges, duration } = this.element;
    const by = this.#beginsAt;
    const told = Array.from({ length: ranges.length }, (_, i): [number, number] => {
      const [start, end] = [ranges.start(i), ranges.end(i)];
      // Chromium derives times from bytes, as if the file were not reordered.
      return start < by ? [start + by, Math.min(end + by, duration)] : [start, end];
    });
    return by ? merged(told) : told;
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
    if (this.#putOff !== null) {
      this.#putOff = target;
      return;
    }
    const isBefore = target < this.#beginsAt;
    const other = this.#fresh ?? (isBefore ? this.#playable : null);
    if (other !== null && (isBefore || !this.#has(target))) this.#reopen(other, target);
    else this.#jump(target);
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
    this.#mediaKeys.dispose();
    this.#emitter.clear();
    this.element.pause();
    // Without a source the element frees its connection and memory.
    this.element.removeAttribute("src");
    this.element.load();
    this.element.remove();
  }

  /** Loads a file from the beginning. Also called with a new link to it. */
  open(playable: Playable): void {
    this.#playable = playable;
    this.diagnosis.startOver();
    this.#fresh = null;
    this.#beginsAt = 0;
    this.#putOff = null;
    this.element.src = playable.url;
  }

  /** Uses the file that the element is already loading for `playable`. */
  adopt(playable: Playable, keyS: number): void {
    this.#playable = playable;
    this.#beginsAt = keyS;
    if (keyS && !this.hasLoaded && performance.now() > SLOW_MS) {
      // Decoding everything in between would delay the first picture.
      this.element.currentTime = keyS;
      this.#putOff = keyS;
    }
    if (this.element.error !== null) void this.#broke(playable);
    const loaded = this.element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    // Somebody listens then.
    if (loaded) setTimeout(() => this.#lookForPicture());
  }

  renew(playable: Playable): void {
    this.#fresh = playable;
  }

  /** Browsers play the sound alone where they cannot decode the picture. */
  #lookForPicture(): void {
    // What only some browsers play has a picture.
    if (this.element.videoWidth === 0 && this.#playable?.only_where) this.failed(UNSUPPORTED);
  }

  #has(position: number): boolean {
    return this.buffered.some(([start, end]) => start <= position && position < end);
  }

  /** Continues at `position` with another link to the same file. */
  #reopen(playable: Playable, position: number): void {
    this.open(playable);
    this.#jump(position);
    // A new source starts paused and at the normal rate.
    this.element.playbackRate = this.#wishedRate;
    // Failures are reported as events.
    if (this.#wantsToPlay) this.element.play().catch(() => {});
  }

  #jump(position: number): void {
    this.#ownSeek = true;
    this.#beginsThere = position === 0 && !this.hasLoaded;
    this.element.currentTime = position;
  }

  /** Reports that the choices have changed. */
  choicesChanged(): void {
    if (!this.#end.signal.aborted) this.#emitter.emit("choices");
  }

  failed(error: PlayerError): void {
    if (!this.#end.signal.aborted) this.#emitter.emit("error", { fromUser: false, error });
  }

  #when(name: string, act: () => void): void {
    this.element.addEventListener(name, act, { signal: this.#end.signal });
  }

  /** The user pressed a media key, or used the controls of the system. */
  #used(action: "play" | "pause"): void {
    this.#wantsToPlay = action === "play";
    // Failures are reported as events.
    if (action === "play") this.element.play().catch(() => {});
    else this.element.pause();
    this.#emitter.emit(action, { fromUser: true });
  }

  /**
   * The element changed. The user can do that only with our controls, with media keys, or in an
   * iPhone's fullscreen, which has its own controls. Otherwise it was the browser, which lacks data
   * or a decoder, or the system, for example for a call.
   */
  #changed(event: "play" | "pause"): void {
    // Read the element's state, not the event: after pause() and play() in one turn of the event
    // loop both events come, and neither is a surprise.
    const { paused, ended } = this.element;
    const isSurprise = paused === this.#wantsToPlay && !ended;
    const fromUser = isSurprise && hasControls(this.element);
    if (fromUser) this.#wantsToPlay = !paused;
    this.#emitter.emit(event, { fromUser });
    if (isSurprise && paused && !fromUser) this.#pausedItself();
  }

  /** Plays it again, because the room does. If it is paused twice in a row, ask for a gesture. */
  #pausedItself(): void {
    const before = this.#pausedItselfAt;
    this.#pausedItselfAt = performance.now();
    const again = this.#pausedItselfAt - before < INSISTS_MS;
    if (again && !document.hidden && this.element.error === null) this.#emitter.emit("blocked");
  }

  #seeked(): void {
    const fromUser = hasControls(this.element) && !this.#ownSeek;
    this.#ownSeek = false;
    this.#beginsThere = false;
    const target = this.#putOff;
    this.#putOff = null;
    this.#emitter.emit("seeked", { fromUser });
    // The room has moved on meanwhile, so seek again.
    if (target !== null && !this.#ownSeek) this.#jump(target);
  }

  #ended(): void {
    this.#wantsToPlay = false;
    this.#emitter.emit("ended");
  }

  /**
   * A browser may not read another site's refusal. It retries for a minute and reports nothing,
   * so a new link is faster.
   */
  #waitNoLonger(): void {
    const url = this.#playable?.url ?? "";
    if (this.diagnosis.isDry && this.buffering && isElsewhere(url)) this.failed(NETWORK);
  }

  /** Continues with a newer link if there is one, otherwise as the diagnosis says. */
  async #broke(playable: Playable): Promise<void> {
    const other = this.#fresh ?? (this.#beginsAt ? playable : null);
    if (other !== null) {
      this.#reopen(other, this.#putOff ?? this.element.currentTime);
      return;
    }
    const at = this.#putOff ?? this.element.currentTime;
    const error = await this.diagnosis.of(playable);
    if (error) this.failed(error);
    else this.#loadAgain(at);
  }

  /** Shows the first picture before it goes on: if it can, the film is damaged at `position`. */
  #loadAgain(position: number): void {
    this.#putOff = position;
    const goOn = () => {
      const target = this.#putOff;
      this.#putOff = null;
      if (target === null) return;
      this.#jump(target);
      // Failures are reported as events.
      if (this.#wantsToPlay) this.element.play().catch(() => {});
    };
    this.element.addEventListener("loadeddata", goOn, { once: true, signal: this.#end.signal });
    this.element.load();
    this.element.playbackRate = this.#wishedRate;
  }
}

/** Returns `ranges` sorted, with touching ones merged and empty ones removed. */
function merged(ranges: readonly [number, number][]): [number, number][] {
  const found: [number, number][] = [];
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (start < end) found.push([start, end]);
  }
  return found;
}

/** Returns whether the browser shows its own controls, as iPhones do in fullscreen. */
function hasControls(element: HTMLVideoElement): boolean {
  const isFullScreen =
    "webkitDisplayingFullscreen" in element && element.webkitDisplayingFullscreen;
  return element.controls || isFullScreen === true;
}

export function createHtmlPlayer(playable: Playable): HtmlPlayer {
  const brought = takeVideo(playable.url);
  const player = new HtmlPlayer(brought?.[0]);
  if (brought) player.adopt(playable, brought[1]);
  else player.open(playable);
  return player;
}
