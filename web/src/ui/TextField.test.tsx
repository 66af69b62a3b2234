// @vitest-environment happy-dom
import { render } from "preact";
import { expect, test } from "vitest";
import { TextField } from "./TextField";

test("a field says its limit where it takes no more", () => {
  const place = document.createElement("div");
  const show = (value: string) => {
    render(
      <TextField
        label="Name"
        hint="Others see it."
        value={value}
        maxLength={5}
        onText={() => {}}
      />,
      place,
    );
    return place.querySelector("p")?.textContent;
  };
  expect(show("Anna")).toBe("Others see it.");
  expect(show("Annab")).toBe("At most 5 characters. Others see it.");
  expect(place.querySelector("input")?.getAttribute("aria-describedby")).toBe(
    place.querySelector("p")?.id,
  );
});
