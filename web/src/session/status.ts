// Reports this player's status to the server every two seconds when it has changed.

import type { Cancel, Timers } from "../net/timers";
import { limits, type Status } from "../protocol.gen";
import { isReady } from "./readiness";
import { canControl, type Store } from "./store";

const EVERY_MS = 2_000;
/** How often to check whether the room is waiting for a change. */
const LOOK_MS = 200;
/** Without a change it is reported this often. */
const AT_LEAST_EVERY_MS = 20_000;
const DRIFT_NEWS_MS = 15;
const TRIP_NEWS = 0.25;

/** Returns whether `next` differs enough from `last`, which was sent `ageMs` ago. */
function isWorthReporting(last: Status | null, next: Status, ageMs: number): boolean {
  if (last === null || ageMs >= AT_LEAST_EVERY_MS) return true;
  if (last.buffering !== next.buffering || last.duration !== next.duration) return true;
  if (Math.abs(last.drift_ms - next.drift_ms) > DRIFT_NEWS_MS) return true;
  const [before, now] = [last.rtt_ms ?? 0, next.rtt_ms ?? 0];
  return Math.abs(before - now) > Math.max(10, TRIP_NEWS * before);
}

/** Returns the player's status now; null while there is nothing to report. */
function statusOf(store: Store): Status | null {
  const player = store.player.peek();
  const drift = store.drift.peek();
  if (player === null || drift === null || !Number.isFinite(player.currentTime)) return null;
  const status: Status = {
    type: "STATUS",
    position: Math.min(limits.position_s, Math.max(0, player.currentTime)),
    buffering: player.buffering,
    drift_ms: Math.round(drift.ms * 10) / 10,
  };
  const state = store.state.peek();
  if (state !== null) {
    status.revision = state.revision;
    // A passive player reloads at every start, so pausing the room for it would never end.
    const startsAnew = player.traits.correction === "passive" && state.playing;
    if (!startsAnew) status.ready = isReady(state, player);
  }
  const trip = store.clock.peek()?.rttMs;
  if (trip !== undefined) status.rtt_ms = Math.round(Math.min(60_000, trip));
  const { duration } = player;
  // The room uses a viewer's duration only until a controller's player reports one.
  const isWanted = canControl(store) || (state?.duration ?? null) === null;
  const tells = isWanted && duration > 0 && duration <= limits.position_s;
  return tells ? { ...status, duration } : status;
}

export class StatusReport {
  private last: Status | null = null;
  /** The wait for which this player has reported that it is ready. */
  private readyFor: number | null = null;
  private toldAt: number;
  private cancel: Cancel;

  constructor(
    private readonly options: { timers: Timers; store: Store; send: (status: Status) => void },
  ) {
    this.toldAt = options.timers.now();
    this.cancel = options.timers.after(LOOK_MS, () => this.report());
  }

  dispose(): void {
    this.cancel();
  }

  private report(): void {
    const { timers, store, send } = this.options;
    this.cancel = timers.after(LOOK_MS, () => this.report());
    if (store.connection.peek().kind !== "live") {
      // A new connection does not know what was reported on the last one.
      this.last = null;
      return;
    }
    const status = statusOf(store);
    if (status === null) return;
    const ageMs = timers.now() - this.toldAt;
    const due = ageMs >= EVERY_MS && isWorthReporting(this.last, status, ageMs);
    if (!due && !this.isAwaited(status)) return;
    this.last = status;
    this.toldAt = timers.now();
    send(status);
  }

  /** Whether the room is waiting for this report, to resume or to pause. */
  private isAwaited(status: Status): boolean {
    const { store } = this.options;
    const until = store.state.peek()?.waiting?.until ?? null;
    if (until === null) this.readyFor = null;
    else if (status.ready && this.readyFor !== until) {
      this.readyFor = until;
      return true;
    }
    const wait = store.room.peek()?.wait ?? "off";
    // The room only waits for players that have reported.
    if (this.last === null) return wait !== "off";
    return wait === "always" && this.last.buffering !== status.buffering;
  }
}
