// YouTube without its script: we exchange the same messages as its IFrame API.
//
// Commands, events, states and error codes:
// https://developers.google.com/youtube/iframe_api_reference The envelope: we send {"event":
// "listening"} until the frame answers, then {"event": "command", "func", "args"}. It sends
// {"event": "infoDelivery", "info": {…}} with the changes, several times a second, and every event
// that we subscribed to.

import { t } from "../language/t";
import type { Playable } from "../rest.gen";
import { EmbedPlayer } from "./embed";
import { isRecord, numeric } from "./messages";
import type { Player, PlayerCaptions, PlayerError } from "./player";

const UNSTARTED = -1;
const ENDED = 0;
const PLAYING = 1;
const PAUSED = 2;
const BUFFERING = 3;
const CUED = 5;

const EVENTS = ["onStateChange", "onError", "onPlaybackRateChange", "onAutoplayBlocked"];

const REFUSED: PlayerError = {
  kind: "embed-refused",
  message: t("The owner of this YouTube video does not allow it on other sites. Try another link."),
};
const MISSING: PlayerError = {
  kind: "missing",
  message: t("This YouTube video does not exist or is private. Check the link."),
};
const ERRORS: Record<number, PlayerError> = {
  2: MISSING,
  5: { kind: "unsupported", message: t("Your browser cannot play this YouTube video.") },
  100: MISSING,
  101: REFUSED,
  150: REFUSED,
  153: REFUSED,
};
/** For an unknown code that was reported twice. */
const UNPLAYABLE: PlayerError = {
  kind: "unplayable",
  message: t("YouTube cannot play this video. Try another link."),
};
const SILENT: PlayerError = {
  kind: "network",
  message: t(
    "YouTube does not answer. Check your connection, or whether something blocks the site.",
  ),
};

class YouTubePlayer extends EmbedPlayer {
  readonly #videoId: string;
  #state = UNSTARTED;
  #volume = 1;
  #muted = false;
  #cued_s = 0;
  /** YouTube does not list its captions, but shows them in a language that we request. */
  readonly #captions: PlayerCaptions = {
    tracks: [{ id: "youtube", language: "und", label: t("YouTube’s captions"), default: false }],
    choose: (id) => {
      this.#command(id === null ? "unloadModule" : "loadModule", "captions");
      const track = { languageCode: navigator.language.split("-", 1)[0] };
      if (id !== null) this.#command("setOption", "captions", "track", track);
    },
  };

  constructor(address: URL) {
    super({
      title: "YouTube",
      origin: address.origin,
      traits: {
        correction: "coarse",
        seek: true,
        pause: true,
        rate: true,
        volume: true,
        reportsProgress: true,
        reportsEvents: true,
        ownControls: true,
      },
      trust_ms: 3000,
      patience_ms: 5000,
      jump_s: 1.5,
    });
    this.#videoId = address.pathname.split("/").at(-1) ?? "";
    this.show(address);
  }

  protected loaded(): void {
    this.#state = UNSTARTED;
    const greet = () => this.post(JSON.stringify({ event: "listening", id: 1, channel: "widget" }));
    greet();
    this.awaitAnswer(SILENT, greet);
  }

  protected received({ event, info }: Record<string, unknown>): void {
    if (event === "onReady" || event === "initialDelivery" || event === "infoDelivery") {
      this.#answered();
      if (isRecord(info)) this.#informed(info);
    } else if (event === "onStateChange") {
      this.#entered(numeric(info));
    } else if (event === "onPlaybackRateChange") {
      this.nowRate(numeric(info) ?? this.playbackRate);
    } else if (event === "onAutoplayBlocked") {
      this.nowBlocked();
    } else if (event === "onError") {
      const error = ERRORS[numeric(info) ?? 0];
      if (error) this.failed(error);
      else this.failedUnexpectedly(UNPLAYABLE);
    }
  }

  #answered(): void {
    if (this.ready) return;
    for (const event of EVENTS) this.#command("addEventListener", event);
    this.nowReady();
    this.nowCaptions(this.#captions);
  }

  #informed(info: Record<string, unknown>): void {
    this.nowDuration(numeric(info.duration) ?? 0);
    this.nowRate(numeric(info.playbackRate) ?? this.playbackRate);
    if (typeof info.muted === "boolean") this.#muted = info.muted;
    this.#volume = (numeric(info.volume) ?? this.#volume * 100) / 100;
    this.nowVolume(this.#volume, this.#muted);
    this.nowBuffered((numeric(info.videoLoadedFraction) ?? Number.NaN) * this.duration);
    this.#entered(numeric(info.playerState));
    const at_s = numeric(info.currentTime);
    // Before playback starts it reports 0, wherever it is going to start.
    if (at_s !== undefined && this.#state !== UNSTARTED && this.#state !== CUED) this.nowAt(at_s);
  }

  #entered(state: number | undefined): void {
    if (state === undefined || state === this.#state) return;
    this.#state = state;
    if (state === PLAYING) this.nowPlaying();
    else if (state === PAUSED) this.nowPaused();
    else if (state === BUFFERING) this.nowBuffering();
    else if (state === ENDED) this.nowEnded();
    else if (state === CUED) this.nowSeeked(this.#cued_s);
  }

  protected sendPlay(): void {
    this.#command("playVideo");
  }

  protected sendPause(): void {
    this.#command("pauseVideo");
  }

  protected sendSeek(position: number): void {
    const stands = this.#state === UNSTARTED || this.#state === CUED || this.#state === ENDED;
    if (stands && !this.wantsToPlay) {
      // In these states seekTo would start playback.
      this.#cued_s = position;
      if (this.#state === CUED) this.#state = UNSTARTED;
      this.#command("cueVideoById", { videoId: this.#videoId, startSeconds: position });
    } else {
      this.#command("seekTo", position, true);
    }
  }

  protected sendRate(rate: number): void {
    this.#command("setPlaybackRate", rate);
  }

  protected sendVolume(volume: number): void {
    this.#command("setVolume", Math.round(volume * 100));
  }

  protected sendMuted(muted: boolean): void {
    this.#command(muted ? "mute" : "unMute");
  }

  #command(func: string, ...args: unknown[]): void {
    this.post(JSON.stringify({ event: "command", func, args, id: 1, channel: "widget" }));
  }
}

export function createYouTubePlayer(playable: Playable): Player {
  const address = new URL(playable.url);
  // The frame answers only this page.
  address.searchParams.set("origin", location.origin);
  address.searchParams.set("playsinline", "1");
  address.searchParams.set("rel", "0");
  return new YouTubePlayer(address);
}
