// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, api } from "../../net/api";
import type { RoomOut, UserOut } from "../../rest.gen";
import { notices } from "../../ui/notices";
import { identity } from "../account";
import { CreateRoom } from "./CreateRoom";

const ROOM = { code: "bcdfghjkmn", name: "Film night" } as RoomOut;

let place: HTMLElement;
let answer: (room: RoomOut) => void;
let fail: (why: ApiError) => void;

beforeEach(() => {
  notices.value = [];
  history.replaceState(null, "", "/");
  identity.is({ id: "ana", display_name: "Ana", is_guest: false } as UserOut);
  vi.spyOn(api, "createRoom").mockImplementation(
    () =>
      new Promise((resolve, reject) => {
        [answer, fail] = [resolve, reject];
      }),
  );
  place = document.createElement("div");
  document.body.append(place);
  act(() => render(<CreateRoom />, place));
  act(() => void place.querySelector("form")?.requestSubmit());
});

afterEach(() => {
  render(null, place);
  place.remove();
  identity.is(null);
  history.replaceState(null, "", "/");
  notices.value = [];
});

const said = () => notices.value.map(({ text }) => text);

async function asked(): Promise<void> {
  await vi.waitFor(() => expect(api.createRoom).toHaveBeenCalled());
}

test("who waits for their room is taken to it", async () => {
  await asked();
  answer(ROOM);
  await vi.waitFor(() => expect(location.pathname).toBe("/r/bcdfghjkmn"));
});

test("who has gone on to another page stays there, and hears that the room is ready", async () => {
  await asked();
  act(() => render(null, place));
  answer(ROOM);
  await vi.waitFor(() =>
    expect(said()).toEqual(["Your room “Film night” is ready. Open it from the home page."]),
  );
  expect(location.pathname).toBe("/");
});

test("who has gone on hears why there is no room", async () => {
  await asked();
  act(() => render(null, place));
  fail(new ApiError(422, "unresolvable", "This link cannot be played here.", { url: "No." }));
  await vi.waitFor(() => expect(said()).toEqual(["This link cannot be played here."]));
});
