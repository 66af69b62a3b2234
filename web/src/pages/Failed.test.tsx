// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test, vi } from "vitest";
import { Failed } from "./Failed";

test("what failed is tried again when the network is back, as long as it is shown", () => {
  const place = document.createElement("div");
  const retry = vi.fn();
  act(() => render(<Failed text="No." retry={retry} />, place));
  expect(retry).not.toHaveBeenCalled();
  dispatchEvent(new Event("online"));
  expect(retry).toHaveBeenCalledOnce();
  act(() => render(null, place));
  dispatchEvent(new Event("online"));
  expect(retry).toHaveBeenCalledOnce();
});
