// The shown position and duration of the room's video.

import type { Cancel, Timers } from "../net/timers";
import type { RoomClock } from "../sync/clock";
import { positionAt } from "../sync/timeline";
import type { Store } from "./store";

export interface ShownTimeOptions {
  timers: Timers;
  clock: RoomClock;
  store: Store;
}

/** How often the shown position is updated. */
const POSITION_MS = 250;

export class ShownTime {
  private cancelTick: Cancel = () => {};

  constructor(private readonly options: ShownTimeOptions) {
    this.tick();
  }

  dispose(): void {
    this.cancelTick();
  }

  showDuration(): void {
    const { store } = this.options;
    // Use the room's duration, or ours until it is known.
    const own = store.player.peek()?.duration ?? Number.NaN;
    const known = store.state.peek()?.duration ?? null;
    store.duration.value = known ?? (Number.isFinite(own) && own > 0 ? own : null);
  }

  /** Returns where the room is now, in seconds. */
  position(): number {
    const { store, clock, timers } = this.options;
    const state = store.state.peek();
    if (state === null) return 0;
    const now = clock.roomTime(timers.now());
    const position = now === null ? state.position : positionAt(state, now);
    return Math.min(position, store.duration.peek() ?? position);
  }

  showPosition(): void {
    this.options.store.position.value = this.position();
  }

  private tick(): void {
    this.showPosition();
    this.cancelTick = this.options.timers.after(POSITION_MS, () => this.tick());
  }
}
