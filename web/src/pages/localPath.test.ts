// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { localPath } from "./localPath";

test("signing in leads back to the previous page, and never to another site", () => {
  expect(localPath("/r/tq4mzr8k?a=1")).toBe("/r/tq4mzr8k?a=1");
  for (const evil of [
    "//evil.test",
    "/\\evil.test",
    "/\t/evil.test",
    "/.//evil.test",
    "https://evil.test",
    "javascript:alert(1)",
  ])
    expect(localPath(evil)).toBe("/");
});
