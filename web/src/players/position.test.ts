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

test("advances between reports at its rate, and stays while paused", () => {
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

test("without reports the position does not advance for ever", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(60_000);
  expect(position.now).toBeCloseTo(13);
});

test("reports that a stall delayed are not a seek of the user", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(2500);
  for (const at_s of [10.25, 11, 12.5]) {
    expect(position.isElsewhere(at_s, SLACK_S)).toBe(false);
    position.report(at_s);
  }
});

test("nor is the first report in time after a delayed one", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(3000);
  position.report(10.25);
  vi.advanceTimersByTime(50);
  expect(position.isElsewhere(13.05, SLACK_S)).toBe(false);
  expect(position.isElsewhere(20, SLACK_S)).toBe(true);
});

test("the first report after a long silence is not a seek", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(60_000);
  expect(position.isElsewhere(70, SLACK_S)).toBe(false);
});

test("a report before the last one, or too far ahead, is a seek", () => {
  const position = playingFrom(10);
  vi.advanceTimersByTime(250);
  expect(position.isElsewhere(8, SLACK_S)).toBe(true);
  expect(position.isElsewhere(12, SLACK_S)).toBe(true);
  position.go(false, 1);
  vi.advanceTimersByTime(5000);
  expect(position.isElsewhere(13, SLACK_S)).toBe(true);
});
