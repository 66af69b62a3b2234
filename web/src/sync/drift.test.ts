import { describe, expect, test } from "vitest";
import { FrameMeter } from "./drift";

/** 30 frames a second on a 60 Hz screen. Each is shown at the refresh nearest to its time. */
function watched(seconds: number, { lagS = 0, aheadS = 0 }): FrameMeter {
  const meter = new FrameMeter();
  for (let frame = 0; frame < seconds * 30; frame++) {
    const mediaTimeS = frame / 30;
    const shownS = Math.round((mediaTimeS + 0.007) * 60) / 60;
    meter.add({
      mediaTimeS,
      shownAtMs: shownS * 1000,
      playerS: shownS + lagS,
      roomS: shownS - aheadS,
    });
  }
  return meter;
}

describe("the frames on the screen", () => {
  test.each([0, 0.05, -0.03])("show a lag of %f s to half a refresh", (lagS) => {
    expect(Math.abs((watched(1, { lagS }).lagS(1_000) ?? 9) - lagS)).toBeLessThan(0.0084);
  });

  test.each([0, 0.1, -0.2])("show a lead of %f s to half a refresh", (aheadS) => {
    expect(Math.abs((watched(1, { aheadS }).aheadS(1_000) ?? 9) - aheadS)).toBeLessThan(0.0084);
  });

  test("show nothing when they are few, old or forgotten", () => {
    expect(watched(0.2, {}).aheadS(200)).toBeNull();
    expect(watched(1, {}).aheadS(5_000)).toBeNull();
    const meter = watched(1, {});
    meter.reset();
    expect(meter.lagS(1_000)).toBeNull();
  });
});
