// @vitest-environment happy-dom

import { render } from "preact";
import { expect, test } from "vitest";
import { lazyOver } from "./lazy";
import { dismiss, notices } from "./notices";

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

test("the notice of a missing part goes when all that were missing have come", async () => {
  const net = { isUp: false };
  const load = async () => {
    if (!net.isUp) throw new TypeError("Failed to fetch dynamically imported module");
    return () => <>Here</>;
  };
  const [One, Two] = [lazyOver(() => load()), lazyOver(() => load())];
  const places = [document.createElement("div"), document.createElement("div")] as const;
  render(<One />, places[0]);
  await expect.poll(() => notices.value.length).toBe(1);
  // Both say the same, so that the second is seen only when the first has gone.
  dismiss(notices.value[0]?.id ?? 0);
  render(<Two />, places[1]);
  await expect.poll(() => notices.value.length).toBe(1);
  // Only one of them is tried again.
  net.isUp = true;
  render(null, places[0]);
  render(<One />, places[0]);
  await expect.poll(() => places[0].textContent).toBe("Here");
  expect(notices.value.length).toBe(1);
  dispatchEvent(new Event("online"));
  await expect.poll(() => places[1].textContent).toBe("Here");
  expect(notices.value).toEqual([]);
});
