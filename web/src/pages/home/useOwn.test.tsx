// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../../net/api";
import { library } from "../../net/library";
import type { RoomOut, UserOut, VideoList } from "../../rest.gen";
import { identity } from "../account";
import { useOwn } from "./useOwn";

function Rooms() {
  return (
    <p>
      {useOwn()
        .value?.rooms.map(({ name }) => name)
        .join()}
    </p>
  );
}

let place: HTMLElement;

beforeEach(() => {
  place = document.createElement("div");
});

afterEach(() => {
  act(() => render(null, place));
  identity.is(null);
});

test("whoever has signed out meanwhile is not shown to who is here now", async () => {
  identity.is({ id: "ana", is_guest: false } as UserOut);
  let answer: (rooms: RoomOut[]) => void = () => {};
  const asked = new Promise<RoomOut[]>((resolve) => {
    answer = resolve;
  });
  vi.spyOn(api, "ownRooms").mockReturnValue(asked);
  vi.spyOn(api, "joinedRooms").mockResolvedValue([]);
  vi.spyOn(library, "videos").mockResolvedValue({ videos: [] } as unknown as VideoList);
  act(() => render(<Rooms />, place));
  await act(async () => {
    identity.is(null);
    answer([{ name: "Ana’s room" } as RoomOut]);
    await asked;
  });
  await act(async () => {});
  expect(place.textContent).toBe("");
});
