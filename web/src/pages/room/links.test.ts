import { expect, test } from "vitest";
import vectors from "../../../../tests/vectors/pasted.json";
import { linkParts } from "./links";

const links = (text: string) => linkParts(text).flatMap(({ href }) => href ?? []);
const whole = (text: string) =>
  linkParts(text)
    .map((part) => part.text)
    .join("");

test.each(vectors.in_text)(
  "only web addresses become links, and end where they end: %s",
  (...line) => {
    const [text, found] = line as [string, string[]];
    expect(links(text)).toEqual(found);
  },
);

test("no letter is lost or changed", () => {
  const texts = vectors.in_text.map(([text]) => text as string);
  for (const text of [
    "",
    "plain",
    "<b>a</b> https://example.org/?q=<i>, (https://a.test)!",
    ...texts,
  ])
    expect(whole(text)).toBe(text);
});
