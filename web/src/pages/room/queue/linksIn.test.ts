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
])("%j holds %j", (text, links) => {
  expect(linksIn(text)).toEqual(links);
});
