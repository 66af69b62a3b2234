import { expect, test } from "vitest";
import vectors from "../../../../../tests/vectors/pasted.json";
import { linkParts } from "../links";
import { findLinks, linksIn } from "./linksIn";

test.each(vectors.found as [string, string][])("the one link of %j is %j", (text, link) => {
  expect(findLinks(text)).toEqual([link]);
});

test.each(vectors.several)("every link of %j is found", (text) => {
  expect(findLinks(text).length).toBeGreaterThan(1);
});

test.each(vectors.none)("there is no link in %j", (text) => {
  expect(findLinks(text)).toEqual([]);
});

test.each([...vectors.lists, ...vectors.alone.map(([text, link]) => [text, [link]])] as [
  string,
  string[],
][])("the links of %j are %j", (text, links) => {
  expect(findLinks(text)).toEqual(links);
});

// Would take minutes if the rest of the text were read again for each of these.
test.each(vectors.repeated as [string, string][])(
  "what is long is read once: %j, then %j",
  (before, repeated) => {
    const text = `${before}${repeated.repeat(100_000 / repeated.length)} x`;
    findLinks(text);
    linkParts(text);
  },
  60_000,
);

const others = [...vectors.alone, ...vectors.other_addresses].map(([text]) => text ?? "");

test.each([...vectors.on_device, ...others])(
  "what only the server understands is sent as it is: %j",
  (text) => {
    expect(linksIn(text)).toEqual([text.trim()]);
  },
);

test.each([
  ["", []],
  ["  \n ", []],
  ["hello", ["hello"]],
  ["youtu.be/x", ["youtu.be/x"]],
  ["look: https://a.org/1!", ["look: https://a.org/1!"]],
  ["https://a.org/1\nhttps://a.org/2", ["https://a.org/1", "https://a.org/2"]],
  ["youtu.be/a youtu.be/b", ["https://youtu.be/a", "https://youtu.be/b"]],
  ["https://a.org/1?a=1&amp;b=2 https://a.org/2", ["https://a.org/1?a=1&b=2", "https://a.org/2"]],
  [
    "youtu.be/a\nhttps://youtu.be/b\nwww.youtube.com/watch?v=c\nvimeo.com/1 by Dr.Who/BBC",
    [
      "https://youtu.be/a",
      "https://youtu.be/b",
      "https://www.youtube.com/watch?v=c",
      "https://vimeo.com/1",
    ],
  ],
  ["1. https://a.org/1, 2. (https://a.org/2).", ["https://a.org/1", "https://a.org/2"]],
  ["https://a.org/1 https://a.org/1 http://b.org", ["https://a.org/1", "http://b.org"]],
  [
    "Watch: <https://a.org/Film_(1999)>、https://b.org/2。 (not: ftp://c.org) 🎉https://d.org/x🎉",
    ["https://a.org/Film_(1999)", "https://b.org/2", "https://d.org/x"],
  ],
])("what is added of %j is %j", (text, links) => {
  expect(linksIn(text)).toEqual(links);
});
