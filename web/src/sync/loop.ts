// Controls one player: reads its state, asks the controller what to do, and does it.

import type { Cancel, Timers } from "../net/timers";
import type { Player, PlayerEvent } from "../players/player";
import { control } from "./controller";
import {
  type Decision,
  freshMemory,
  type Memory,
  type SharedState,
  type Snapshot,
} from "./decision";
import { FrameMeter } from "./drift";
import { controlSmooth } from "./smooth";
import { positionAt } from "./timeline";

export interface Drift {
  /** Positive when the video is ahead of the room. */
  ms: number;
  settled: boolean;
}

export interface LoopOptions {
  timers: Timers;
  player: Player;
  /** Whether the page is hidden, so that browsers run its timers only once a second. */
  isHidden: () => boolean;
  /** Converts a time of `timers` to room time; null while that is not known yet. */
  roomTime: (localMs: number) => number | null;
  onDrift: (drift: Drift | null) => void;
  /** How long the first seek is expected to take, if known. */
  firstSeekS?: number | undefined;
  /** The browser does not play without a gesture. The loop waits for `unblock()`. */
  onBlocked: () => void;
}

const STEP_MS = 100;
/** If a step was this late, the next one may be too. */
const LATE_MS = 200;
/** A display lag is corrected when it changes by more than this, which is over half a frame. */
const LAG_NEWS_S = 0.02;
const MOST_LAG_S = 0.25;
/** A seek whose end is never reported counts as done after this time. */
const LONGEST_SEEK_MS = 10_000;
const STEP_EVENTS: PlayerEvent[] = [
  "ready",
  "play",
  "pause",
  "seeked",
  "waiting",
  "playing",
  "ended",
];

export class SyncLoop {
  private state: SharedState | null = null;
  private memory: Memory;
  private readonly meter = new FrameMeter();
  /** How far the displayed frame is behind currentTime. Measured again after every start. */
  private lagS = 0;
  private readonly stops: Cancel[];
  private cancelStep: Cancel = () => {};
  private stepping = false;
  /** When the next step is due. */
  private dueAt = Number.POSITIVE_INFINITY;
  private timersAreLate = false;
  private seekingSince: number | null = null;
  private heldUntil = Number.NEGATIVE_INFINITY;
  private blocked = false;
  private disposed = false;

  constructor(private readonly options: LoopOptions) {
    const { player, firstSeekS = freshMemory.seekS } = options;
    this.memory = { ...freshMemory, seekS: firstSeekS };
    this.stops = [
      player.on("seeked", () => {
        this.seekingSince = null;
      }),
      player.on("blocked", () => this.block()),
      ...STEP_EVENTS.map((event) => player.on(event, () => this.step())),
    ];
    this.watchFrames(player.element);
    this.step();
  }

  /**
   * Follows `state` from now on; null leaves the player alone. `isHeld`: this is not yet the state
   * that the user has requested, so a hold continues.
   */
  setState(state: SharedState | null, isHeld = false): void {
    if (state?.revision !== this.state?.revision) {
      this.meter.reset();
      if (!isHeld) this.heldUntil = Number.NEGATIVE_INFINITY;
    }
    this.state = state;
    this.step();
  }

  /**
   * Leaves the player alone for `ms`, or until the room has the new state. Call it when the user
   * has used the provider's own controls and the room is about to follow.
   */
  hold(ms: number): void {
    this.heldUntil = this.options.timers.now() + ms;
  }

  /** Plays and follows the room again. Call it inside a user gesture. */
  unblock(): void {
    this.blocked = false;
    this.play();
  }

  dispose(): void {
    this.disposed = true;
    this.cancelStep();
    for (const stop of this.stops) stop();
  }

  private readonly step = (): void => {
    // The player may call listeners during a step.
    if (this.stepping || this.disposed) return;
    this.stepping = true;
    this.cancelStep();
    const waitMs = this.follow();
    this.stepping = false;
    const { timers } = this.options;
    this.dueAt = timers.now() + Math.min(STEP_MS, waitMs);
    this.cancelStep = timers.after(this.dueAt - timers.now(), () => {
      this.timersAreLate = timers.now() - this.dueAt > LATE_MS;
      this.step();
    });
  };

  /** Does one step. Returns the time until the next step at the latest. */
  private follow(): number {
    const { timers, roomTime, player } = this.options;
    const local = timers.now();
    const now = roomTime(local);
    if (this.state === null || now === null || this.blocked || local < this.heldUntil) {
      this.options.onDrift(null);
      return STEP_MS;
    }
    const decision = control(player.rules ?? controlSmooth, {
      state: this.state,
      now,
      player: this.snapshot(local),
      traits: player.traits,
      timersAreLate: this.timersAreLate || this.options.isHidden(),
      memory: this.memory,
    });
    this.memory = decision.memory;
    this.act(decision, now, local);
    this.options.onDrift({ ms: this.driftMs(decision, local), settled: decision.settled });
    return decision.playAt !== null && decision.playAt > now ? decision.playAt - now : STEP_MS;
  }

  private snapshot(local: number): Snapshot {
    const { player } = this.options;
    if (this.seekingSince !== null && local - this.seekingSince > LONGEST_SEEK_MS) {
      this.seekingSince = null;
    }
    if (player.paused) this.lagS = 0;
    return {
      currentTime: player.currentTime - this.lagS,
      duration: player.duration,
      paused: player.paused,
      buffering: player.buffering,
      ended: player.ended,
      seeking: this.seekingSince !== null,
      playbackRate: player.playbackRate,
    };
  }

  private act(decision: Decision, now: number, local: number): void {
    const { player } = this.options;
    if (decision.pause) player.pause();
    if (decision.rate !== null) player.setRate(decision.rate);
    if (decision.seek !== null) {
      this.seekingSince = local;
      this.forgetFrames();
      player.seek(decision.seek);
    }
    if (decision.playAt !== null && decision.playAt <= now) this.play();
  }

  private play(): void {
    this.options.player.play().catch((reason: unknown) => {
      // Other failures (a pause came first, the source failed) come as events of the player.
      if (reason instanceof Error && reason.name === "NotAllowedError") this.block();
    });
  }

  private block(): void {
    if (this.blocked || this.disposed) return;
    this.blocked = true;
    this.options.onBlocked();
  }

  private driftMs(decision: Decision, local: number): number {
    const aheadS = this.options.player.paused ? null : this.meter.aheadS(local);
    return (aheadS ?? -decision.error) * 1000;
  }

  private forgetFrames(): void {
    this.meter.reset();
    this.lagS = 0;
  }

  /** Measures every frame that a <video> shows, where the browser supports it. */
  private watchFrames(element: HTMLElement): void {
    const video = element as Partial<HTMLVideoElement>;
    if (typeof video.requestVideoFrameCallback !== "function") return;
    const look: VideoFrameRequestCallback = (_, frame) => {
      if (this.disposed) return;
      this.seen(frame);
      video.requestVideoFrameCallback?.(look);
    };
    video.requestVideoFrameCallback(look);
  }

  private seen({ mediaTime, expectedDisplayTime: shownAtMs }: VideoFrameCallbackMetadata): void {
    const { player, roomTime, timers } = this.options;
    const room = roomTime(shownAtMs);
    if (room === null || !this.state?.playing || room < this.state.at || player.paused) return;
    const aheadS = ((shownAtMs - timers.now()) / 1000) * player.playbackRate;
    this.meter.add({
      mediaTimeS: mediaTime,
      shownAtMs,
      playerS: player.currentTime + aheadS,
      roomS: positionAt(this.state, room),
    });
    const lagS = this.meter.lagS(shownAtMs);
    if (lagS !== null && Math.abs(lagS - this.lagS) > LAG_NEWS_S && lagS < MOST_LAG_S) {
      this.lagS = Math.max(-MOST_LAG_S, lagS);
    }
  }
}
