import { describe, expect, test } from "vitest";
import vectors from "../../../tests/vectors/clock.json";
import { seeded } from "../net/random.fake";
import { RoomClock } from "./clock";

test.each(vectors.offset)("$name", ({ samples, offset_ms, rtt_ms }) => {
  const clock = new RoomClock();
  expect(clock.roomTime(0)).toBeNull();
  for (const sample of samples) clock.add(sample);
  expect(clock.reading?.offsetMs).toBeCloseTo(offset_ms, 1);
  expect(clock.reading?.rttMs).toBeCloseTo(rtt_ms, 3);
});

/** Sends PINGs as the page does. Returns the error of the estimate after each, in ms. */
function errors(
  seed: number,
  network: { delayMs: number; jitterMs: number; driftPpm: number },
  sleepAfter = Number.POSITIVE_INFINITY,
): number[] {
  const random = seeded(seed);
  const clock = new RoomClock();
  const oneWay = () => network.delayMs + (2 * random() - 1) * network.jitterMs;
  let local = 50_000;
  let offset = 1_700_000_000_000;
  const room = (localMs: number) => localMs * (1 + network.driftPpm / 1e6) + offset;
  const found: number[] = [];
  for (let ping = 0; ping < 100; ping++) {
    local += ping < 5 ? 100 : 2_000;
    if (ping === sleepAfter) offset += 3_600_000;
    const arrived = local + oneWay();
    const t3 = arrived + oneWay();
    clock.add({ t0: local, t1: room(arrived), t2: room(arrived), t3 });
    found.push(Math.abs((clock.roomTime(t3) ?? Number.NaN) - room(t3)));
  }
  return found;
}

function quantile(values: number[], q: number): number {
  return values.sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN;
}

describe("over many networks", () => {
  const seeds = Array.from({ length: 50 }, (_, seed) => seed);

  test("100 ± 30 ms each way leaves an error far below a frame", () => {
    const network = { delayMs: 100, jitterMs: 30, driftPpm: 40 };
    const found = seeds.flatMap((seed) => errors(seed, network).slice(5));
    expect(quantile(found, 0.95)).toBeLessThan(8);
  });

  test("a drifting clock is followed to a fifth of a millisecond", () => {
    const network = { delayMs: 0.4, jitterMs: 0.2, driftPpm: 50 };
    const found = seeds.flatMap((seed) => errors(seed, network).slice(5));
    expect(Math.max(...found)).toBeLessThan(0.3);
  });

  test("the first answer after a sleep corrects the clock", () => {
    const network = { delayMs: 20, jitterMs: 10, driftPpm: 30 };
    const found = seeds.flatMap((seed) => errors(seed, network, 40).slice(40));
    expect(Math.max(...found)).toBeLessThan(11);
  });
});
