import { expect, test } from "vitest";
import { splitByNames } from "./splitByNames";

test.each([
  ["عمر left.", ["عمر"], ["", "عمر", " left."]],
  [
    "Ana and Ana Maria joined.",
    ["Ana", "Ana Maria"],
    ["", "Ana", " and ", "Ana Maria", " joined."],
  ],
  ["A (b) is [c]", ["(b)", "[c]"], ["A ", "(b)", " is ", "[c]", ""]],
  ["Nobody here", [], ["Nobody here"]],
  ["Nobody here", [""], ["Nobody here"]],
])("names in %s are cut out", (text, names, parts) => {
  expect(splitByNames(text, names)).toEqual(parts);
});
