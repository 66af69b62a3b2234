// Our own <video>: MP4 and WebM files, and the base class of HLS.

import type { Playable } from "../rest.gen";
import { takeVideo } from "../session/arrival";
import { Emitter } from "./events";
import { MediaKeys } from "./mediaKeys";
import type { Player, PlayerError, PlayerEvent, PlayerListener } from "./player";
import type { PlayerTraits } from "./traits";
import { Diagnosis, isElsewhere, NETWORK } from "./videoErrors";

/** Events of the element that are passed on unchanged. */
const PASSED_ON: [string, PlayerEvent][] = [
  ["loadedmetadata", "ready"],
  ["waiting", "waiting"],
  ["playing", "playing"],
  ["durationchange", "durationchange"],
  ["timeupdate", "progress"],
  ["progress", "progress"],
];

/** What pauses the element again this soon would go on doing so. */
const INSISTS_MS = 5_000;

/** A page that has needed so long is on a slow line, or a slow device. */
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
  /** What it was told last, by us or by the user. */
  #wantsToPlay = false;
  readonly #mediaKeys = new MediaKeys({
    play: () => this.#used("play"),
    pause: () => this.#used("pause"),
    seek: (position) => {
      this.seek(position);
      // At once: until the element is there, the room would be put back to where it was.
      this.#emitter.emit("seeked", { fromUser: true });
    },
    position: () => this.#putOff ?? this.element.currentTime,
  });
  /** The element seeks because it was told to, which has been reported where it is news. */
  #ownSeek = false;
  /** It was sent to its beginning before it had loaded: it begins there, and reports no seek. */
  #beginsThere = false;
  #pausedItselfAt = Number.NEGATIVE_INFINITY;
  #wishedRate = 1;
  #wishedVolume = 1;
  #wishedMuted = false;
  readonly diagnosis: Diagnosis;
  /** From this key frame on the film comes, and then its beginning; 0 where it is as it is. */
  #beginsAt = 0;
  /** Where to go as soon as the first picture is there, which is near. */
  #putOff: number | null = null;
  #playable: Playable | null = null;
  /** A newer link, to be used when the element has to reconnect anyway. */
  #fresh: Playable | null = null;

  /** `element` may be one in which the file loads already. */
  constructor(readonly element = document.createElement("video")) {
    this.element.preload = "auto";
    this.element.playsInline = true;
    // First, because what it has seen is asked for below.
    this.diagnosis = new Diagnosis(this.element, this.#end.signal);
    for (const [name, event] of PASSED_ON) this.#when(name, () => this.#emitter.emit(event));
    this.#when("loadedmetadata", () => {
      if (this.#beginsThere) this.#seeked();
    });
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
    const { buffered: ranges, duration } = this.element;
    const by = this.#beginsAt;
    const told = Array.from({ length: ranges.length }, (_, i): [number, number] => {
      const [start, end] = [ranges.start(i), ranges.end(i)];
      // Chromium guesses times from bytes, as if the film began at its beginning.
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
    // Without a source the element frees its connection and its memory.
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

  /** Takes the file that the element loads already for `playable`. */
  adopt(playable: Playable, keyS: number): void {
    this.#playable = playable;
    this.#beginsAt = keyS;
    if (keyS && !this.#hasLoaded && performance.now() > SLOW_MS) {
      // What lies between would take longer than the first picture.
      this.element.currentTime = keyS;
      this.#putOff = keyS;
    }
    if (this.element.error !== null) void this.#broke(playable);
  }

  renew(playable: Playable): void {
    this.#fresh = playable;
  }

  get #hasLoaded(): boolean {
    return this.element.readyState >= HTMLMediaElement.HAVE_METADATA;
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
    this.#beginsThere = position === 0 && !this.#hasLoaded;
    this.element.currentTime = position;
  }

  /** Tells that there is something else to choose from. */
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
   * The element changed. Nobody can reach it but by our commands, by media keys, or in the full
   * screen of an iPhone, which has controls of its own. What else stops it is the browser, for
   * want of data or of a decoder, or the system, for a call.
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

  /** The room plays it again. Whatever pauses it twice in a row wants to be asked first. */
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
    // The room has moved on meanwhile: whoever follows it seeks anew.
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

  /** Goes on with another link if there is one, and else as the diagnosis says. */
  async #broke(playable: Playable): Promise<void> {
    const other = this.#fresh ?? (this.#beginsAt ? playable : null);
    if (other !== null) {
      this.#reopen(other, this.#putOff ?? this.element.currentTime);
      return;
    }
    const error = await this.diagnosis.of(playable);
    if (error) this.failed(error);
    else this.element.load();
  }
}

/** Returns `ranges` in order, those that touch as one, and none that is empty. */
function merged(ranges: readonly [number, number][]): [number, number][] {
  const found: [number, number][] = [];
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (start < end) found.push([start, end]);
  }
  return found;
}

/** Returns whether the browser shows its own controls, as iPhones do in full screen. */
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
