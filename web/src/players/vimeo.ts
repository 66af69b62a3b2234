// Vimeo without its script: we exchange the same messages as its player SDK.
//
// Methods, events and errors: https://developer.vimeo.com/player/sdk/reference
// The envelope: we send {method, value} and get {method, value} or {event: "error"} back;
// {method: "addEventListener", value: name} asks for {event: name, data}.

import { t } from "../language/t";
import type { Playable } from "../rest.gen";
import { EmbedPlayer } from "./embed";
import { isRecord, numeric } from "./messages";
import type { Player, PlayerError } from "./player";

const EVENTS = [
  "play",
  "playing",
  "pause",
  "ended",
  "timeupdate",
  "progress",
  "seeked",
  "bufferstart",
  "bufferend",
  "durationchange",
  "playbackratechange",
  "volumechange",
  "error",
];

const REFUSED: PlayerError = {
  kind: "embed-refused",
  message: t("The owner of this Vimeo video does not allow it on other sites. Try another link."),
};
const ERRORS: Record<string, PlayerError> = {
  NotFoundError: {
    kind: "missing",
    message: t("This Vimeo video does not exist or is private. Check the link."),
  },
  PrivacyError: REFUSED,
  PasswordError: REFUSED,
  UnsupportedError: {
    kind: "unsupported",
    message: t("Your browser cannot play this Vimeo video."),
  },
};
/** For an unknown name that was reported twice. */
const UNPLAYABLE: PlayerError = {
  kind: "unplayable",
  message: t("Vimeo cannot play this video. Try another link."),
};
const SILENT: PlayerError = {
  kind: "network",
  message: t("Vimeo does not answer. Check your connection, or whether something blocks the site."),
};

class VimeoPlayer extends EmbedPlayer {
  constructor(address: URL) {
    super({
      title: "Vimeo",
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
      jump_s: Number.POSITIVE_INFINITY,
    });
    this.show(address);
  }

  protected loaded(): void {
    if (this.ready) return;
    this.awaitAnswer(SILENT);
    // It reports "ready" by itself, but possibly before we listened.
    this.#call("ping");
  }

  protected received(message: Record<string, unknown>): void {
    const data = isRecord(message.data) ? message.data : {};
    if (message.event === "ready" || message.method === "ping") this.#answered();
    else if (message.event === "error") this.#failedAt(data);
    else if (typeof message.event === "string") this.#happened(message.event, data);
    else if (message.method === "getTextTracks") this.#captioned(message.value);
    else if (message.method === "getDuration") this.nowDuration(numeric(message.value) ?? 0);
  }

  #answered(): void {
    if (this.ready) return;
    for (const event of EVENTS) this.#call("addEventListener", event);
    this.#call("getDuration");
    this.#call("getTextTracks");
    this.nowReady();
  }

  #captioned(value: unknown): void {
    if (!Array.isArray(value) || value.length === 0) return;
    const tracks = value.filter(isRecord).map((track) => ({
      ...{ language: String(track.language), kind: String(track.kind) },
      ...{ id: `${track.language} ${track.kind}`, label: String(track.label), default: false },
    }));
    this.nowCaptions({
      tracks,
      choose: (id) => {
        const track = tracks.find((each) => each.id === id);
        if (track) this.#call("enableTextTrack", { language: track.language, kind: track.kind });
        else this.#call("disableTextTrack");
      },
    });
  }

  #happened(event: string, data: Record<string, unknown>): void {
    const at_s = numeric(data.seconds) ?? this.currentTime;
    this.nowDuration(numeric(data.duration) ?? 0);
    if (event === "play" || event === "playing") this.nowPlaying();
    else if (event === "pause") this.nowPausedAt(at_s);
    else if (event === "ended") this.nowEnded();
    else if (event === "timeupdate") this.nowAt(at_s);
    else if (event === "seeked") this.nowSeeked(at_s);
    else if (event === "bufferstart") this.nowBuffering();
    else if (event === "bufferend") this.#continues();
    else if (event === "progress") this.nowBuffered(at_s);
    else if (event === "playbackratechange") {
      this.nowRate(numeric(data.playbackRate) ?? this.playbackRate);
    } else if (event === "volumechange") {
      this.nowVolume(numeric(data.volume) ?? this.volume, data.muted === true);
    }
  }

  #continues(): void {
    if (this.hasStopped) this.nowPaused();
    else this.nowPlaying();
  }

  #failedAt({ method, name }: Record<string, unknown>): void {
    if (method === "play" && name === "NotAllowedError") this.nowBlocked();
    // A pause before it played; only the pending play() ends.
    else if (method === "play" && name === "AbortError") return;
    // A refused command does not stop the video. Many accounts may not change the rate.
    else if (method === undefined || method === "ready" || method === "play") {
      const error = ERRORS[String(name)];
      if (error) this.failed(error);
      else this.failedUnexpectedly(UNPLAYABLE);
    }
  }

  protected sendPlay(): void {
    this.#call("play");
  }

  protected sendPause(): void {
    this.#call("pause");
  }

  protected sendSeek(position: number): void {
    this.#call("setCurrentTime", position);
  }

  protected sendRate(rate: number): void {
    this.#call("setPlaybackRate", rate);
  }

  protected sendVolume(volume: number): void {
    this.#call("setVolume", volume);
  }

  protected sendMuted(muted: boolean): void {
    this.#call("setMuted", muted);
  }

  #call(method: string, value?: unknown): void {
    this.post(value === undefined ? { method } : { method, value });
  }
}

export function createVimeoPlayer(playable: Playable): Player {
  const address = new URL(playable.url);
  // Another Vimeo player on the page must not pause this one.
  address.searchParams.set("autopause", "0");
  address.searchParams.set("dnt", "1");
  address.searchParams.set("playsinline", "1");
  return new VimeoPlayer(address);
}
