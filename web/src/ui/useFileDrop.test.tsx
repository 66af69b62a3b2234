// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { useFileDrop } from "./useFileDrop";

function Taker({ take }: { take: (files: File[]) => void }) {
  const hovering = useFileDrop(take);
  return <p>{hovering.value ? "hovering" : ""}</p>;
}

function send(name: string): void {
  const files = [new File(["film"], "film.mp4")];
  const event = new Event(name, { cancelable: true });
  act(
    () => void dispatchEvent(Object.assign(event, { dataTransfer: { files, types: ["Files"] } })),
  );
}

test("a file goes to what lies over the page, and to the page again when that is closed", () => {
  const place = document.createElement("div");
  const taken: string[] = [];
  const page = () => taken.push("page");
  const dialog = () => taken.push("dialog");
  const show = (isOpen: boolean) =>
    act(() =>
      render(
        <>
          <Taker take={page} />
          {isOpen && <Taker take={dialog} />}
        </>,
        place,
      ),
    );
  show(false);
  show(true);
  send("dragover");
  expect([...place.querySelectorAll("p")].map((p) => p.textContent)).toEqual(["", "hovering"]);
  send("drop");
  expect(taken).toEqual(["dialog"]);
  show(false);
  send("drop");
  expect(taken).toEqual(["dialog", "page"]);
  act(() => render(null, place));
});
