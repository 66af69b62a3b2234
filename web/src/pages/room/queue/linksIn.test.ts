import { expect, test } from "vitest";
import { linksIn } from "./linksIn";

test.each([
  ["", []],
  ["  \n ", []],
  ["youtu.be/x", ["youtu.be/x"]],
  [" https://a.org/1 ", ["https://a.org/1"]],
  ["look: https://a.org/1!", ["look: https://a.org/1!"]],
  ["https://a.org/1\nhttps://a.org/2", ["https://a.org/1", "https://a.org/2"]],
  ["1. https://a.org/1, 2. (https://a.org/2).", ["https://a.org/1", "https://a.org/2"]],
  ["https://a.org/1 https://a.org/1 http://b.org", ["https://a.org/1", "http://b.org"]],
  [
    "Watch: <https://a.org/Film_(1999)>、https://b.org/2。 (not: ftp://c.org) 🎉https://d.org/x🎉",
    ["https://a.org/Film_(1999)", "https://b.org/2", "https://d.org/x"],
  ],
])("%j holds %j", (text, links) => {
  expect(linksIn(text)).toEqual(links);
});
