// @vitest-environment happy-dom
import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { usePlaybackSession } from "./usePlaybackSession";

/** Replaces Media Session, which happy-dom lacks. */
const system = {
  metadata: null as unknown,
  playbackState: "none",
  handlers: new Map<string, unknown>(),
  setActionHandler(action: string, handler: unknown) {
    if (handler) this.handlers.set(action, handler);
    else this.handlers.delete(action);
  },
};

const session = {
  state: signal({ source: { provider: "library", media_type: "movie" } }),
  ...{ playable: signal(null), room: signal({ name: "Film night" }), playing: signal(true) },
  ...{ canControl: signal(true), queue: signal({ items: [{}] }) },
};

function Room() {
  usePlaybackSession(session as never);
  return null;
}

test("the system shows nothing of a room that was left, and has no key for it", () => {
  Object.defineProperty(navigator, "mediaSession", { value: system, configurable: true });
  Object.assign(globalThis, { MediaMetadata: class {} });
  const place = document.createElement("div");
  act(() => render(<Room />, place));
  expect(system.playbackState).toBe("playing");
  expect([...system.handlers.keys()]).toEqual(["nexttrack"]);
  act(() => render(null, place));
  expect(system.metadata).toBeNull();
  expect(system.playbackState).toBe("none");
  expect(system.handlers.size).toBe(0);
  Reflect.deleteProperty(navigator, "mediaSession");
  Reflect.deleteProperty(globalThis, "MediaMetadata");
});

test("a screen that was asked twice to stay on is let go as often", async () => {
  let on = 0;
  const request = async () => {
    on += 1;
    const release = async () => {
      on -= 1;
    };
    return { released: false, release };
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
  const place = document.createElement("div");
  act(() => render(<Room />, place));
  document.dispatchEvent(new Event("visibilitychange"));
  await act(async () => {});
  expect(on).toBeGreaterThan(0);
  act(() => render(null, place));
  await act(async () => {});
  expect(on).toBe(0);
  Reflect.deleteProperty(navigator, "wakeLock");
});
