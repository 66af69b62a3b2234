// @vitest-environment happy-dom
import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChatItem } from "../../session/types";
import { Chat } from "./Chat";
import { RoomProvider } from "./context";

/** As many messages as this room keeps. */
const KEPT = 10;
const line = (at: number) =>
  ({ id: `${at}`, member: "ana", name: "Ana", role: "viewer", text: "Hi", at }) as ChatItem;
const lines = (until: number) => Array.from({ length: KEPT }, (_, i) => line(until - KEPT + 1 + i));

const chat = signal<readonly ChatItem[]>([]);
const session = {
  ...{ chat, presenceChanges: signal([]), members: signal([]), viewerCount: signal(2) },
  ...{ you: signal({ id: "ben", name: "Ben", role: "viewer" }), duration: signal(null) },
  ...{ room: signal(null), canControl: signal(false), roomNow: () => 0 },
};

let place: HTMLElement;

beforeEach(() => {
  chat.value = lines(KEPT);
  place = document.createElement("div");
  document.body.append(place);
  // The reader has seen everything, and then scrolled up.
  act(() =>
    render(
      <RoomProvider value={{ code: "bcdfg", session } as never}>
        <Chat draft={{ text: "" }} place={{ top: 10, seenAt: KEPT }} />
      </RoomProvider>,
      place,
    ),
  );
});

afterEach(() => {
  render(null, place);
  place.remove();
});

function say(messages: readonly ChatItem[]): void {
  act(() => {
    chat.value = messages;
  });
}

const pill = () => [...place.querySelectorAll("button")].map((each) => each.textContent);

test("new messages are counted where each takes the place of the oldest", () => {
  expect(pill()).toContain("Jump to newest");
  say(lines(KEPT + 1));
  expect(pill()).toContain("1 new message");
  say(lines(KEPT + 3));
  expect(pill()).toContain("3 new messages");
});

test("a message that was deleted hides no new one", () => {
  say([...lines(KEPT).slice(2), line(KEPT + 1)]);
  expect(pill()).toContain("1 new message");
  say(lines(KEPT).slice(2));
  expect(pill()).toContain("Jump to newest");
});
