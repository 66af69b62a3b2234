// @vitest-environment happy-dom
import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, api } from "../../../net/api";
import type { QueueState } from "../../../protocol.gen";
import { RoomProvider } from "../context";
import { AddToQueue } from "./AddToQueue";

const EPISODE = { provider: "vidking", media_type: "tv", external_id: "1", season: 1, episode: 4 };
const SESSION = { queue: signal({ items: [] }), state: signal({ source: EPISODE }) };

let place: HTMLElement;
/** Functions that answer the open requests, oldest first. */
let answers: ((why?: ApiError) => void)[];

beforeEach(() => {
  place = document.createElement("div");
  document.body.append(place);
  answers = [];
  vi.spyOn(api, "addToQueue").mockImplementation(
    () =>
      new Promise((resolve, reject) => {
        answers.push((why) => (why ? reject(why) : resolve({} as QueueState)));
      }),
  );
  const room = { code: "bcdfg", session: SESSION } as never;
  act(() =>
    render(
      <RoomProvider value={room}>
        <AddToQueue />
      </RoomProvider>,
      place,
    ),
  );
});

afterEach(() => {
  render(null, place);
  place.remove();
});

function field(): HTMLInputElement {
  return place.querySelector("input") as HTMLInputElement;
}

function write(text: string): void {
  act(() => {
    field().value = text;
    field().dispatchEvent(new Event("input", { bubbles: true }));
  });
}

const submit = () => act(() => void place.querySelector("form")?.requestSubmit());
const answer = (why?: ApiError) => act(async () => answers.shift()?.(why));
const isDone = () => vi.waitFor(() => expect(place.querySelector("[aria-busy=true]")).toBeNull());

test("what is written while a link is being added stays in the field", async () => {
  write("https://x.org/1");
  submit();
  write("https://x.org/2");
  await answer();
  await isDone();
  expect(field().value).toBe("https://x.org/2");
});

test("the next episode is added beside a link that is being written", async () => {
  write("https://x.org/1");
  act(() => place.querySelector<HTMLElement>("button:not([type=submit])")?.click());
  await answer();
  await isDone();
  expect(field().value).toBe("https://x.org/1");
});

test("links that could not be added come back, before what was written meanwhile", async () => {
  write("https://x.org/1 https://x.org/2");
  submit();
  write("https://x.org/3");
  await answer();
  await answer(new ApiError(422, "unresolvable", "Not this one."));
  await isDone();
  expect(field().value).toBe("https://x.org/2 https://x.org/3");
  expect(place.textContent).toContain("Not this one.");
});
