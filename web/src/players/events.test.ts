import { expect, test, vi } from "vitest";
import { Emitter } from "./events";

const error = { kind: "network", message: "It does not load." } as const;

test("an error that comes before anybody listens is told to the first who does, once", async () => {
  const emitter = new Emitter();
  emitter.emit("error", { fromUser: false, error });
  const [first, second] = [vi.fn(), vi.fn()];
  emitter.on("error", first);
  expect(first).not.toHaveBeenCalled();
  await Promise.resolve();
  emitter.on("error", second);
  await Promise.resolve();
  expect(first).toHaveBeenCalledExactlyOnceWith({ fromUser: false, error });
  expect(second).not.toHaveBeenCalled();
});

test("other events are for those who listen when they come", async () => {
  const emitter = new Emitter();
  emitter.emit("playing");
  const listener = vi.fn();
  emitter.on("playing", listener);
  await Promise.resolve();
  expect(listener).not.toHaveBeenCalled();
});

test("the error of a player that was thrown away is told to nobody", async () => {
  const emitter = new Emitter();
  emitter.emit("error", { fromUser: false, error });
  const listener = vi.fn();
  emitter.on("error", listener);
  emitter.clear();
  await Promise.resolve();
  expect(listener).not.toHaveBeenCalled();
});
