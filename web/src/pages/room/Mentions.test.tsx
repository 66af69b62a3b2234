// @vitest-environment happy-dom
import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChatComposer } from "./ChatComposer";
import { RoomProvider } from "./context";

const named = (name: string) => ({ id: name, name, role: "viewer", muted: false });
const members = signal([named("Ana"), named("Anatol"), named("Ben")]);
const session = {
  ...{ members, you: signal(named("Ben")), viewerCount: signal(3), room: signal(null) },
  sendChat: vi.fn(),
};

let place: HTMLElement;

beforeEach(() => {
  members.value = [named("Ana"), named("Anatol"), named("Ben")];
  session.sendChat.mockReset();
  place = document.createElement("div");
  document.body.append(place);
  act(() =>
    render(
      <RoomProvider value={{ code: "bcdfg", session } as never}>
        <ChatComposer draft={{ text: "" }} onSent={() => {}} />
      </RoomProvider>,
      place,
    ),
  );
});

afterEach(() => {
  render(null, place);
  place.remove();
});

function field(): HTMLTextAreaElement {
  return place.querySelector("textarea") as HTMLTextAreaElement;
}

function write(text: string, caret = text.length): void {
  act(() => {
    field().value = text;
    field().setSelectionRange(caret, caret);
    field().dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function press(key: string): void {
  act(() => {
    for (const name of ["keydown", "keyup"])
      field().dispatchEvent(new KeyboardEvent(name, { key, bubbles: true, cancelable: true }));
  });
}

const offered = () => [...place.querySelectorAll("[role=option]")].map((each) => each.textContent);

test("the caret stands behind a name that was put into the middle", () => {
  write("Hello @An and all", 9);
  press("Enter");
  expect(field().value).toBe("Hello @Ana and all");
  expect(field().selectionStart).toBe("Hello @Ana ".length);
});

test("no name is put in once the caret has left its beginning", () => {
  write("Hello @An");
  expect(offered()).toEqual(["Ana", "Anatol"]);
  field().setSelectionRange(0, 0);
  press("Home");
  expect(offered()).toEqual([]);
  press("Enter");
  expect(session.sendChat).toHaveBeenCalledWith("Hello @An");
});

test("the list stays where the arrow keys have led in it", () => {
  write("@An");
  press("ArrowDown");
  press("Enter");
  expect(field().value).toBe("@Anatol ");
});

test("Enter takes the last name that is left when the chosen one has gone", () => {
  write("@An");
  press("ArrowDown");
  act(() => {
    members.value = [named("Ana"), named("Ben")];
  });
  press("Enter");
  expect(field().value).toBe("@Ana ");
});
