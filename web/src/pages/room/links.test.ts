import { expect, test } from "vitest";
import { linkParts } from "./links";

const links = (text: string) => linkParts(text).flatMap(({ href }) => href ?? []);
const whole = (text: string) =>
  linkParts(text)
    .map((part) => part.text)
    .join("");

test("only web addresses become links", () => {
  expect(links("see https://example.org/a and HTTP://EXAMPLE.ORG")).toEqual([
    "https://example.org/a",
    "HTTP://EXAMPLE.ORG",
  ]);
  expect(links("javascript:alert(1) data:text/html,x ftp://a.test mailto:a@b.test")).toEqual([]);
});

test("what ends the sentence is not part of the address", () => {
  expect(links("Is it https://example.org/a?")).toEqual(["https://example.org/a"]);
  expect(links("(https://example.org/a).")).toEqual(["https://example.org/a"]);
  expect(links("https://example.org/Stalker_(1979), yes")).toEqual([
    "https://example.org/Stalker_(1979)",
  ]);
});

test("no letter is lost or changed", () => {
  for (const text of ["", "plain", "<b>a</b> https://example.org/?q=<i>, (https://a.test)!"])
    expect(whole(text)).toBe(text);
});
