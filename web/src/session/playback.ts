// The player of the room: created for its source, and controlled by its state.

import { t } from "../language/t";
import type { Api } from "../net/api";
import { ApiError } from "../net/api";
import { backoffMs } from "../net/reconnect";
import type { Cancel, Timers } from "../net/timers";
import type { createPlayer } from "../players/create";
import type { Player, PlayerError } from "../players/player";
import { forThisBrowser, inQuality, linesOf, type Quality } from "../players/quality";
import type { PlaybackSource, State } from "../protocol.gen";
import type { Playable, PlaybackOut } from "../rest.gen";
import type { RoomClock } from "../sync/clock";
import { SyncLoop } from "../sync/loop";
import type { Joined } from "./arrival";
import type { Commands } from "./commands";
import { LinkRenewal } from "./linkRenewal";
import { errorOf, problemOf } from "./playbackErrors";
import { ShownTime } from "./shownTime";
import { SiteAnswer } from "./siteAnswer";
import { keyOf } from "./sourceKey";
import { canControl, type Store, showNotice } from "./store";

export interface PlaybackOptions {
  code: string;
  api: Pick<Api, "roomPlayback">;
  createPlayer: typeof createPlayer;
  /** Whether this browser claims to play a media type. */
  canPlayHere: (mediaType: string) => boolean;
  noteRefusal: (mediaType: string) => void;
  timers: Timers;
  /** Whether the page is hidden. */
  isHidden: () => boolean;
  random: () => number;
  clock: RoomClock;
  store: Store;
  commands: Pick<Commands, "play" | "pause" | "seek" | "forgetSeek">;
}

/** How long the player is left alone after the user has used the provider's own controls. */
const HOLD_MS = 1_500;
/** After this many replacements the player is shown as failed. */
const TRIES_IN_SILENCE = 3;
/** How long to wait before checking again whether a video is ready: this to twice as long. */
const PREPARING_MS = 2_000;
/** How long to wait before trying again after a damaged part of a film. */
const DAMAGED_MS = 4_000;
const MOST_SEEK_S = 5;
/** The first picture takes this share of the time that it took to create the player. */
const PICTURE_SHARE = 0.7;
/** After this long without a failure, the count of failures is reset. */
const HEALTHY_MS = 60_000;

export class Playback {
  private sourceKey: string | null = null;
  private sourceRevision = 0;
  /** Counts requested players, so that one that is created too late is dropped. */
  private wanted = 0;
  private attempt = 0;
  /** An address on another site has failed in this browser, so our server relays the bytes. */
  private throughServer = false;
  /** The growing copy is played, which is for browsers that cannot play the file. */
  private playsCopy = false;
  private madeAt = 0;
  private loop: SyncLoop | null = null;
  private stops: Cancel[] = [];
  private cancelRetry: Cancel = () => {};
  /** The playback from the join response, for the first player. */
  private first: PlaybackOut | null = null;
  /** When the join request was sent, for the first player. */
  private askedAt: number | null = null;
  private warned = false;
  /** Whether the last player was muted. The next one has to be muted too. */
  private muted = false;
  /** The audio track chosen in the last player that offered a choice. */
  private language: string | null = null;

  /** The shown position and duration. */
  private readonly shown: ShownTime;
  private readonly link: LinkRenewal;
  private readonly site: SiteAnswer;

  constructor(private readonly options: PlaybackOptions) {
    this.shown = new ShownTime(options);
    this.site = new SiteAnswer(options);
    const { timers, random, store, api, code } = options;
    this.link = new LinkRenewal({
      timers,
      random,
      store,
      ask: () => api.roomPlayback(code, this.throughServer),
      forThisBrowser: (answer) => this.forThisBrowser(answer),
      replacePlayer: (source) => this.renew(source),
    });
  }

  /** Starts with the join response, while the socket is still connecting. */
  begin({ answer: { playback }, askedAt, answeredAt }: Joined): void {
    const { clock, store } = this.options;
    if (!playback || store.state.peek() !== null) return;
    // A first estimate of the clock, until there is a PING.
    const { server_time: at } = playback;
    if (clock.reading === null) clock.add({ t0: askedAt, t1: at, t2: at, t3: answeredAt });
    this.first = playback;
    this.askedAt = askedAt;
    this.adopt(playback.state);
  }

  /** Applies a PLAYBACK_STATE. An older one than the known state is dropped. */
  follow(state: State): void {
    const known = this.options.store.state.peek();
    if (known === null || state.revision >= known.revision) this.adopt(state);
  }

  /** Applies the state of a WELCOME, which is right even if its revision is lower. */
  adopt(state: State): void {
    const { store } = this.options;
    store.state.value = state;
    const key = state.source === null ? null : keyOf(state.source);
    // The same film chosen again keeps its player, unless that has failed. A lower revision means
    // that the state was lost and recreated.
    const again = state.source_revision > this.sourceRevision && store.playerError.peek() !== null;
    if (key !== this.sourceKey || state.source_revision > this.sourceRevision) {
      this.options.commands.forgetSeek();
    }
    this.sourceRevision = state.source_revision;
    if (key !== this.sourceKey || again) {
      this.sourceKey = key;
      this.attempt = 0;
      this.throughServer = false;
      this.link.startOver();
      store.quality.value = "auto";
      this.renew(state.source);
      this.language = null;
    }
    // The answer to one seek must not undo the next one, which is pending.
    this.loop?.setState(state, store.asked.peek() !== null);
    this.shown.showDuration();
    this.shown.showPosition();
  }

  /** Seeks by this many seconds, relative to the room's position or the last request. */
  skip(seconds: number): void {
    const { store, commands } = this.options;
    const from = store.asked.peek() ?? this.position();
    commands.seek(Math.min(from + seconds, store.duration.peek() ?? Number.POSITIVE_INFINITY));
  }

  /** Returns the room's position in seconds. */
  position(): number {
    return this.shown.position();
  }

  /** Plays now. Call it inside a user gesture. */
  join(): void {
    this.options.store.autoplayBlocked.value = false;
    this.loop?.unblock();
  }

  /** Plays the film in another quality, with another player if necessary. */
  setQuality(quality: Quality): void {
    const { store } = this.options;
    const playable = store.playable.peek();
    const source = store.state.peek()?.source ?? null;
    if (playable === null || source === null) return;
    const before = inQuality(playable, store.quality.peek());
    store.quality.value = quality;
    const player = store.player.peek();
    if (player !== null && inQuality(playable, quality).url === before.url) {
      player.limitTo?.(linesOf(quality));
      return;
    }
    this.wanted += 1;
    this.cancelRetry();
    this.discard();
    void this.make(source, this.wanted);
  }

  /** Reloads the list of subtitles. The old list stays if that fails. */
  async refreshSubtitles(): Promise<void> {
    const { api, code, store } = this.options;
    const { wanted } = this;
    try {
      const { playable } = await api.roomPlayback(code);
      const known = store.playable.peek();
      if (wanted !== this.wanted || known === null || playable === null) return;
      store.playable.value = { ...known, subtitles: playable.subtitles };
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
    }
  }

  /** Removes the player: the room is over for this visitor. */
  stop(): void {
    this.sourceKey = null;
    this.renew(null);
  }

  dispose(): void {
    this.stop();
    this.shown.dispose();
  }

  // --- the player -------------------------------------------------------------------

  /** Replaces the current player by one for `source`. */
  private renew(source: PlaybackSource | null): void {
    const { store } = this.options;
    this.wanted += 1;
    this.cancelRetry();
    this.discard();
    this.site.startOver();
    store.playable.value = null;
    store.playerError.value = null;
    if (source !== null) void this.make(source, this.wanted);
  }

  private discard(): void {
    const { store } = this.options;
    this.link.stop();
    for (const stop of this.stops) stop();
    this.stops = [];
    this.loop?.dispose();
    this.loop = null;
    store.autoplayBlocked.value = false;
    const player = store.player.peek();
    this.muted = player?.muted ?? this.muted;
    this.language = player?.language ?? this.language;
    player?.dispose();
    store.player.value = null;
    store.drift.value = null;
  }

  private async make(source: PlaybackSource, wanted: number): Promise<void> {
    const { api, code, createPlayer, store } = this.options;
    try {
      const first = this.first;
      this.first = null;
      const answer = first ?? (await api.roomPlayback(code, this.throughServer));
      const { source: told } = answer;
      if (wanted !== this.wanted) return;
      const playable = this.forThisBrowser(answer);
      if (told !== null && keyOf(told) === keyOf(source) && answer.problem) {
        this.failed(source, problemOf(answer.problem));
        return;
      }
      if (told === null || keyOf(told) !== keyOf(source) || playable === null) {
        // REST may be slightly ahead of the socket, or behind it.
        this.failed(source, { kind: "network", message: t("This can’t be played right now.") });
        return;
      }
      const quality = store.quality.peek();
      const player = await createPlayer(source, inQuality(playable, quality));
      if (wanted !== this.wanted) {
        player.dispose();
        return;
      }
      player.limitTo?.(linesOf(quality));
      player.setLanguage?.(this.language);
      store.playable.value = playable;
      this.install(player, source);
      this.link.renewInTime(player, source, answer);
    } catch (reason) {
      if (wanted === this.wanted) this.failed(source, errorOf(reason));
    }
  }

  private forThisBrowser({ playable }: PlaybackOut): Playable | null {
    const here = playable && forThisBrowser(playable, this.options.canPlayHere);
    this.playsCopy = here !== playable;
    return here;
  }

  private install(player: Player, source: PlaybackSource): void {
    const { store, timers, clock, isHidden } = this.options;
    this.madeAt = timers.now();
    const showsNothing = store.playerError.peek() !== null && player.hasLoaded === false;
    if (!showsNothing) store.playerError.value = null;
    // Listen before the loop does, which immediately undoes what the user does in the frame.
    this.stops = [
      player.on("durationchange", () => this.shown.showDuration()),
      player.on("ready", () => {
        store.playerError.value = null;
        this.shown.showDuration();
      }),
      player.on("error", ({ error }) => {
        if (error) this.failed(source, error);
      }),
      player.on("play", ({ fromUser }) => fromUser && this.used("play", player)),
      player.on("pause", ({ fromUser }) => fromUser && this.used("pause", player)),
      player.on("seeked", ({ fromUser }) => fromUser && this.used("seek", player)),
    ];
    if (store.playable.peek()?.kind === "iframe") this.stops.push(...this.site.awaitFrom(player));
    this.loop = new SyncLoop({
      timers,
      player,
      firstSeekS: this.firstSeekS(),
      isHidden,
      roomTime: (local) => clock.roomTime(local),
      onDrift: (drift) => {
        const isMeasured = this.site.hasAnswered && player.hasReported !== false;
        store.drift.value = isMeasured ? drift : null;
      },
      onBlocked: () => {
        store.autoplayBlocked.value = true;
      },
    });
    if (this.muted) player.setMuted(true);
    store.player.value = player;
    this.loop.setState(store.state.peek());
    this.shown.showDuration();
  }

  /** A guess for slow connections or devices, from the time since the join request. */
  private firstSeekS(): number | undefined {
    if (this.askedAt === null) return undefined;
    const sinceS = (this.options.timers.now() - this.askedAt) / 1000;
    this.askedAt = null;
    return Math.min(MOST_SEEK_S, PICTURE_SHARE * sinceS);
  }

  /** Replaces the player if that can help: after an expired link or a network failure. */
  private failed(source: PlaybackSource, error: PlayerError): void {
    const { store, timers, random } = this.options;
    const { wanted } = this;
    if (error.kind === "preparing" || (error.kind === "missing" && this.isGrowing())) {
      this.discard();
      // A missing growing film will be converted again, because its worker was lost.
      store.playerError.value = { ...error, kind: "preparing" };
      this.tryAgain(source, wanted, PREPARING_MS * (1 + random()));
      return;
    }
    if (error.kind === "unsupported" && store.quality.peek() !== "auto") {
      // The browser wrongly claimed that it can play the original.
      store.quality.value = "auto";
      this.discard();
      void this.make(source, wanted);
      return;
    }
    if (this.tryThroughServer()) {
      this.discard();
      void this.make(source, wanted);
      return;
    }
    const { only_where: where } = store.playable.peek() ?? {};
    if (error.kind === "unsupported" && where) {
      // The browser wrongly claimed that it can play the file.
      this.options.noteRefusal(where.media_type);
      this.discard();
      void this.make(source, wanted);
      return;
    }
    if (error.kind === "damaged") {
      this.discard();
      store.playerError.value = error;
      // The room continues, and will soon be past the damaged part.
      this.tryAgain(source, wanted, DAMAGED_MS);
      return;
    }
    if (error.kind !== "expired" && error.kind !== "network") {
      this.discard();
      store.playerError.value = error;
      return;
    }
    if (store.player.peek() !== null && timers.now() - this.madeAt > HEALTHY_MS) this.attempt = 0;
    this.discard();
    const attempt = this.attempt++;
    if (attempt >= TRIES_IN_SILENCE) store.playerError.value = error;
    const delayMs = attempt === 0 ? 0 : backoffMs(attempt, random());
    this.tryAgain(source, wanted, delayMs);
  }

  /** Whether the film is still being converted; its parts disappear if that is restarted. */
  private isGrowing(): boolean {
    const { store } = this.options;
    return this.playsCopy || (store.state.peek()?.made_until ?? null) !== null;
  }

  private tryAgain(source: PlaybackSource, wanted: number, delayMs: number): void {
    this.cancelRetry();
    this.cancelRetry = this.options.timers.after(delayMs, () => {
      if (wanted === this.wanted) void this.make(source, wanted);
    });
  }

  /** Whether another site's address failed, so that relaying through our server may help. */
  private tryThroughServer(): boolean {
    const playable = this.options.store.playable.peek();
    if (this.throughServer || playable === null || playable.kind === "iframe") return false;
    // Addresses on our own server are relative.
    this.throughServer = !playable.url.startsWith("/");
    return this.throughServer;
  }

  // --- the provider's own controls ----------------------------------------------------

  /** The user acted inside the frame: sends a command if they have control, otherwise undoes it. */
  private used(action: "play" | "pause" | "seek", player: Player): void {
    const { store, commands } = this.options;
    if (!canControl(store)) {
      if (!this.warned) showNotice(store, t("Only the host can play, pause or seek."));
      this.warned = true;
      return;
    }
    this.loop?.hold(HOLD_MS);
    commands[action](Math.max(0, player.currentTime));
  }
}
