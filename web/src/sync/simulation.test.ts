// Many players in one room on fake timers, with network jitter, different and drifting clocks, and
// slow seeks. The limits are our targets for sync.

import { expect, test } from "vitest";
import { seeded } from "../net/random.fake";
import { FakeTimers } from "../net/timers.fake";
import { RoomClock } from "./clock";
import type { SharedState } from "./decision";
import { SyncLoop } from "./loop";
import { FakePlayer } from "./player.fake";

const FRAME_S = 1 / 30;
const ROOM_EPOCH_MS = 1_700_000_000_000;

interface Network {
  delayMs: number;
  jitterMs: number;
}

/** One browser: its clock is off by hours and drifts, its network delays, its player is slow. */
class Browser {
  readonly player: FakePlayer;
  private readonly loop: SyncLoop;
  private readonly clock = new RoomClock();
  private pings = 0;

  constructor(
    private readonly room: Room,
    private readonly random: () => number,
    private readonly network: Network,
  ) {
    const { timers } = room;
    this.player = new FakePlayer(timers);
    this.player.seekMs = () => 30 + random() * 150;
    this.player.startMs = () => 10 + random() * 40;
    this.player.drift = (random() - 0.5) * 100e-6;
    this.loop = new SyncLoop({
      timers,
      player: this.player,
      isHidden: () => false,
      roomTime: (local) => this.clock.roomTime(local),
      onDrift: () => {},
      onBlocked: () => {},
    });
    this.ping();
  }

  /** The state reaches this browser after its network delay. */
  tell(state: SharedState): void {
    this.room.timers.after(this.oneWayMs(), () => this.loop.setState(state));
  }

  private oneWayMs(): number {
    return this.network.delayMs + (this.random() * 2 - 1) * this.network.jitterMs;
  }

  private ping(): void {
    const { timers } = this.room;
    const t0 = timers.now();
    timers.after(this.oneWayMs(), () => {
      const t1 = this.room.now();
      timers.after(this.oneWayMs(), () => {
        this.clock.add({ t0, t1, t2: t1, t3: timers.now() });
      });
    });
    this.pings += 1;
    timers.after(this.pings < 5 ? 100 : 2_000, () => this.ping());
  }
}

class Room {
  readonly timers = new FakeTimers(5_000);
  readonly browsers: Browser[] = [];
  private state: SharedState = {
    revision: 0,
    playing: false,
    position: 0,
    rate: 1,
    at: 0,
    duration: 3_600,
  };

  constructor(seed: number, count: number, network: Network) {
    const random = seeded(seed);
    for (let n = 0; n < count; n++) this.browsers.push(new Browser(this, random, network));
  }

  /** Room time; 30 millionths faster than the browsers' clocks. */
  now(): number {
    return ROOM_EPOCH_MS + this.timers.now() * (1 + 30e-6);
  }

  change(change: Partial<SharedState>, leadMs = 250): void {
    this.state = {
      ...this.state,
      at: this.now() + leadMs,
      ...change,
      revision: this.state.revision + 1,
    };
    for (const browser of this.browsers) browser.tell(this.state);
  }

  /** Changes the rate, from where the room will be when it takes effect. */
  changeRate(rate: number, leadMs = 250): void {
    const { position, at, rate: old } = this.state;
    const later = this.now() + leadMs;
    this.change({ rate, position: position + ((later - at) / 1000) * old, at: later });
  }

  /** The largest difference between two displayed positions, in seconds. */
  spread(): number {
    const times = this.browsers.map(({ player }) => player.currentTime);
    return Math.max(...times) - Math.min(...times);
  }

  /** Runs for `ms`. Returns the spread every 20 ms. */
  watch(ms: number): number[] {
    const spreads: number[] = [];
    for (let passed = 0; passed < ms; passed += 20) {
      this.timers.advance(20);
      spreads.push(this.spread());
    }
    return spreads;
  }
}

function share(spreads: number[], withinS: number): number {
  return spreads.filter((spread) => spread <= withinS).length / spreads.length;
}

/** Milliseconds until all players stay within a frame of each other. */
function settledAfter(spreads: number[]): number {
  return (spreads.findLastIndex((spread) => spread > FRAME_S) + 1) * 20;
}

function quantile(values: number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN;
}

test.each([
  { name: "a local network", delayMs: 2, jitterMs: 2, seekMs: 1_000 },
  { name: "100 ± 30 ms each way", delayMs: 100, jitterMs: 30, seekMs: 1_000 },
])("five browsers on $name stay within a frame and settle in time", (network) => {
  const playing: number[] = [];
  const settling: number[] = [];
  const afterRates: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const room = new Room(seed, 5, network);
    room.watch(3_000);
    room.change({ playing: true, position: 0 });
    room.watch(2_000);
    for (const position of [600, 42, 1_800, 1_801]) {
      room.change({ position });
      settling.push(settledAfter(room.watch(4_000)));
      playing.push(...room.watch(2_000));
    }
    room.change({ rate: 1.5, position: 2_000 });
    settling.push(settledAfter(room.watch(4_000)));
    room.changeRate(1);
    afterRates.push(settledAfter(room.watch(4_000)));
    room.changeRate(2);
    afterRates.push(settledAfter(room.watch(4_000)));
    room.change({ playing: false, position: 2_100 });
    room.watch(1_000);
    expect(room.spread()).toBeLessThan(0.006);
  }
  const shareWithin = share(playing, FRAME_S);
  console.info(
    `${network.name}: within a frame ${(100 * shareWithin).toFixed(1)} %, spread median`,
    `${(1000 * quantile(playing, 0.5)).toFixed(1)} ms, p95`,
    `${(1000 * quantile(playing, 0.95)).toFixed(1)} ms; settled after a seek median`,
    `${quantile(settling, 0.5)} ms, p95 ${quantile(settling, 0.95)} ms,`,
    `worst ${Math.max(...settling)} ms; after another rate worst ${Math.max(...afterRates)} ms`,
  );
  expect(shareWithin).toBeGreaterThan(0.99);
  expect(quantile(settling, 0.95)).toBeLessThanOrEqual(network.seekMs);
  expect(Math.max(...afterRates)).toBeLessThanOrEqual(network.seekMs);
});
