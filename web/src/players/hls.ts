// HLS over Media Source Extensions with hls.js, or native HLS where these are missing (iPhones).
//
// Errors and how to recover: https://github.com/video-dev/hls.js/blob/master/docs/API.md#errors

import Hls, { type ErrorData, type LoaderConfig } from "hls.js";
import { t } from "../language/t";
import type { Playable } from "../rest.gen";
import { type Choice, type Choices, languageLabels, qualityLabel } from "./choices";
import { HtmlPlayer } from "./html";
import type { Player, PlayerError } from "./player";
import { PlayerTimers } from "./playerTimers";
import { damagedAt, errorOfAnswer, isElsewhere, SAME_PLACE_S } from "./videoErrors";

/** How often a player that has nothing left to show asks again, and one that never had anything. */
const NETWORK_RETRIES = 4;
const FIRST_RETRIES = 1;
const MOST_WAIT_MS = 4_000;
const MEDIA_RETRIES = 2;
const { fragLoadPolicy } = Hls.DefaultConfig;
/**
 * hls.js asks for a refused segment seven times in half a minute, whatever the refusal says. It is
 * we who know what helps, and whether the viewer has something to watch meanwhile.
 */
const FRAGMENT_POLICY: LoaderConfig = {
  ...fragLoadPolicy.default,
  errorRetry: { maxNumRetry: 1, retryDelayMs: 500, maxRetryDelayMs: 500 },
};
const CHOICE_EVENTS = [
  Hls.Events.MANIFEST_PARSED,
  Hls.Events.LEVEL_SWITCHED,
  Hls.Events.AUDIO_TRACKS_UPDATED,
  Hls.Events.AUDIO_TRACK_SWITCHED,
] as const;

class HlsPlayer extends HtmlPlayer {
  readonly #timers = new PlayerTimers();
  readonly #address: string;
  /** The folder of the stream in its newest link. */
  #folder: string;
  readonly #hls = new Hls({
    // Our streams are fMP4, so there is nothing to transmux, and starting a worker is not worth it.
    enableWorker: false,
    capLevelToPlayerSize: true,
    // A film that is still being converted has no end yet.
    liveDurationInfinity: true,
    // Interstitials would be fetched from any address in a stranger's playlist.
    enableInterstitialPlayback: false,
    xhrSetup: (request, url) => request.open("GET", this.#newest(url), true),
    fragLoadPolicy: { default: FRAGMENT_POLICY },
  });
  #hasBuffered = false;
  #networkFailures = 0;
  #mediaFailures = 0;
  #mediaFailedAt = Number.NEGATIVE_INFINITY;
  #lines: number | null = null;
  #language: string | null = null;

  constructor(address: string) {
    super();
    this.#address = address;
    this.#folder = folderOf(address);
    this.#hls.on(Hls.Events.ERROR, (_, data) => {
      if (data.fatal) this.#broke(data);
    });
    this.#hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => {
      // The sound of a stream may load while its picture does not.
      if (frag.type !== "main") return;
      this.#hasBuffered = true;
      this.#networkFailures = 0;
    });
    // Do not set it unless a size is wanted: even -1 would make hls.js first measure the bandwidth
    // with a segment that it throws away.
    this.#hls.on(Hls.Events.MANIFEST_PARSED, () => {
      if (this.#lines !== null) this.#chooseLevel(this.#wantedLevel());
    });
    this.#hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => this.#chooseLanguage());
    for (const event of CHOICE_EVENTS) this.#hls.on(event, () => this.choicesChanged());
    this.#hls.loadSource(address);
    this.#hls.attachMedia(this.element);
  }

  choices(): Choices {
    const hls = this.#hls;
    const present = hls.levels[hls.currentLevel];
    const now = hls.autoLevelEnabled && present ? ` (${qualityLabel(present)})` : "";
    const auto: Choice = {
      label: t("Auto{{now}}", { now }),
      checked: hls.autoLevelEnabled,
      choose: () => this.#chooseLevel(-1),
    };
    const sizes = hls.levels.map(
      (level, index): Choice => ({
        label: qualityLabel(level),
        checked: !hls.autoLevelEnabled && hls.manualLevel === index,
        choose: () => this.#chooseLevel(index),
      }),
    );
    const labels = languageLabels(hls.audioTracks);
    const languages = hls.audioTracks.map(
      ({ name }, index): Choice => ({
        label: labels[index] ?? "",
        checked: hls.audioTrack === index,
        choose: () => this.setLanguage(name),
      }),
    );
    return { qualities: [auto, ...sizes.reverse()], languages };
  }

  limitTo(lines: number | null): void {
    this.#lines = lines;
    if (this.#hls.levels.length > 0) this.#chooseLevel(this.#wantedLevel());
  }

  get language(): string | null {
    return this.#language;
  }

  setLanguage(language: string | null): void {
    this.#language = language;
    this.#chooseLanguage();
  }

  /** Does nothing if no language is wanted, or the languages are not known yet. */
  #chooseLanguage(): void {
    const index = this.#hls.audioTracks.findIndex(({ name }) => name === this.#language);
    if (index >= 0) this.#hls.audioTrack = index;
  }

  #wantedLevel(): number {
    const sizes = this.#hls.levels.map(({ width, height }) => Math.min(width, height));
    return this.#lines === null ? -1 : sizes.indexOf(this.#lines);
  }

  /** Takes effect at the next segment, so that the picture does not stop; -1 means automatic. */
  #chooseLevel(index: number): void {
    this.#hls.nextLevel = index;
    this.choicesChanged();
  }

  /** Keeps the playlists, and only replaces the link in front of them. */
  override renew(playable: Playable): void {
    const address = new URL(playable.url, location.href).href;
    if (filmOf(address) === filmOf(this.#address)) this.#folder = folderOf(address);
  }

  #newest(url: string): string {
    const folder = folderOf(this.#address);
    return url.startsWith(folder) ? this.#folder + url.slice(folder.length) : url;
  }

  override dispose(): void {
    this.#timers.clear();
    this.#hls.destroy();
    super.dispose();
  }

  #broke({ type, details, response, networkDetails }: ErrorData): void {
    // hls.js reports an invalid playlist as a network error.
    const unreadable = details.endsWith("ParsingError");
    if (type === Hls.ErrorTypes.NETWORK_ERROR && !unreadable) {
      this.#recoverNetwork(errorOfAnswer(response?.code ?? 0, bodyOf(networkDetails)));
    } else if (type === Hls.ErrorTypes.MEDIA_ERROR && this.#mayRecoverMedia()) {
      this.#hls.recoverMediaError();
    } else if (details === Hls.ErrorDetails.FRAG_PARSING_ERROR) {
      this.failed(damagedAt(this.element.currentTime));
    } else this.failed(this.diagnosis.ofContent());
  }

  /**
   * Counts the failures at one place. A recovery loads the segments around it again, so that these
   * say nothing.
   */
  #mayRecoverMedia(): boolean {
    const at = this.element.currentTime;
    if (Math.abs(at - this.#mediaFailedAt) >= SAME_PLACE_S) this.#mediaFailures = 0;
    this.#mediaFailedAt = at;
    this.#mediaFailures += 1;
    return this.#mediaFailures <= MEDIA_RETRIES;
  }

  /** While the viewer has something to watch, it tries again. Then only if that can help. */
  #recoverNetwork(error: PlayerError): void {
    const isDry = this.element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    // Why another site refuses cannot be read here: our server finds out, and may relay it.
    const helps = error.kind === "network" && !isElsewhere(this.#address);
    const retries = this.#hasBuffered ? NETWORK_RETRIES : FIRST_RETRIES;
    if (isDry && !(helps && this.#networkFailures < retries)) {
      this.failed(error);
      return;
    }
    const wait_ms = Math.min(MOST_WAIT_MS, 500 * 2 ** this.#networkFailures);
    this.#networkFailures += 1;
    this.#timers.after(wait_ms, () => {
      if (this.#hls.levels.length === 0) this.#hls.loadSource(this.#address);
      else this.#hls.startLoad();
    });
  }
}

/** The body of a response to hls.js, which requests text or bytes. */
function bodyOf(request: unknown): string {
  const response: unknown = request instanceof XMLHttpRequest ? request.response : "";
  if (response instanceof ArrayBuffer) return new TextDecoder().decode(response);
  return typeof response === "string" ? response : "";
}

function folderOf(address: string): string {
  return address.slice(0, address.lastIndexOf("/") + 1);
}

/** Returns the film and its version: the part of the folder after the token. */
function filmOf(address: string): string {
  return folderOf(address).split("/").slice(-3).join("/");
}

export function createHlsPlayer(playable: Playable): Player {
  // Check this first: Chromium answers "maybe" for native HLS and then may not play it.
  if (Hls.isSupported()) return new HlsPlayer(new URL(playable.url, location.href).href);
  const player = new HtmlPlayer();
  player.open(playable);
  return player;
}
