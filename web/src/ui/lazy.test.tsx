// @vitest-environment happy-dom

import { render } from "preact";
import { expect, test } from "vitest";
import { lazyOver } from "./lazy";

/** A part that can be loaded only while `net.isUp`, shown anew by `show`. */
function part() {
  const net = { isUp: false };
  const Part = lazyOver(
    async () => {
      if (!net.isUp) throw new TypeError("Failed to fetch dynamically imported module");
      return () => <>Here</>;
    },
    () => <>Missing</>,
  );
  const place = document.createElement("div");
  const show = () => {
    render(null, place);
    render(<Part />, place);
  };
  return { net, place, show };
}

test("a part that could not be loaded is tried again when it is shown anew", async () => {
  const { net, place, show } = part();
  show();
  await expect.poll(() => place.textContent).toBe("Missing");
  net.isUp = true;
  show();
  await expect.poll(() => place.textContent).toBe("Here");
});

test("a part that is missing on the page comes when the network is back", async () => {
  const { net, place, show } = part();
  show();
  await expect.poll(() => place.textContent).toBe("Missing");
  dispatchEvent(new Event("online"));
  await expect.poll(() => place.textContent).toBe("Missing");
  net.isUp = true;
  dispatchEvent(new Event("online"));
  await expect.poll(() => place.textContent).toBe("Here");
});
