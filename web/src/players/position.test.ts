import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Position } from "./position";

const SLACK_S = 1.5;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function playingFrom(at_s: number): Position {
  const position = new Position(3000);
  position.jump(at_s);
  position.go(true, 1);
  return position;
}

test("goes on between reports, at its rate, and stands when it stands", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(500);
  expect(position.now).toBeCloseTo(10.5);
  position.go(true, 2);
  vi.advanceTimersByTime(500);
  expect(position.now).toBeCloseTo(11.5);
  position.go(false, 2);
  vi.advanceTimersByTime(500);
  expect(position.now).toBeCloseTo(11.5);
});

test("a silent player is not followed for ever", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(60_000);
  expect(position.now).toBeCloseTo(13);
});

test("reports that a stall held up are no seek of the user", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(2500);
  for (const at_s of [10.25, 11, 12.5]) {
    expect(position.isElsewhere(at_s, SLACK_S)).toBe(false);
    position.report(at_s);
  }
});

test("nor is the first report in time after one that was held up", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(3000);
  position.report(10.25);
  vi.advanceTimersByTime(50);
  expect(position.isElsewhere(13.05, SLACK_S)).toBe(false);
  expect(position.isElsewhere(20, SLACK_S)).toBe(true);
});

test("a player heard of again after a long silence has not been sought", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(60_000);
  expect(position.isElsewhere(70, SLACK_S)).toBe(false);
});

test("a report before the last one, or beyond where it can have come to, is a seek", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(250);
  expect(position.isElsewhere(8, SLACK_S)).toBe(true);
  expect(position.isElsewhere(12, SLACK_S)).toBe(true);
  position.go(false, 1);
  vi.advanceTimersByTime(5000);
  expect(position.isElsewhere(13, SLACK_S)).toBe(true);
});
