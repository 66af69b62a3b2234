import { expect, test } from "vitest";
import { completions, lineParts, mentionBegun, mentions } from "./lineParts";

const CONTEXT = { names: ["Ana", "Ana Maria", "Ben"], you: "Ben", duration: 5400 };
const told = (text: string, context = CONTEXT) =>
  lineParts(text, context).map((part) => {
    if (part.kind === "time") return `<${part.at_s}>`;
    if (part.kind === "mention") return `[${part.text}${part.you ? "!" : ""}]`;
    return part.kind === "link" ? `(${part.text})` : part.text;
  });

test.each([
  ["look at 12:34!", ["look at ", "<754>", "!"]],
  ["1:02:03 and 0:07", ["<3723>", " and ", "<7>"]],
  ["90:00 is the end", ["<5400>", " is the end"]],
  ["later than the film: 99:59", ["later than the film: ", "99:59"]],
  ["no times: 12:60, 1:2, 12:34:56:78, 10.12:30", undefined],
  ["@Ana Maria and @ben, look", ["[@Ana Maria]", " and ", "[@ben!]", ", look"]],
  ["mail@ben.org and @Benno are nobody", ["mail@ben.org and @Benno are nobody"]],
  ["https://a.example/12:34 @Ana", ["(https://a.example/12:34)", " ", "[@Ana]"]],
])("finds what stands out in %j", (text, expected) => {
  expect(told(text)).toEqual(expected ?? [text]);
});

test("finds names in other scripts, whole", () => {
  const context = { names: ["مريم", "अन", "José María"], you: "मी", duration: null };
  expect(told("أهلا @مريم، @José María", context as never)).toEqual([
    ...["أهلا ", "[@مريم]", "، ", "[@José María]"],
  ]);
  // With another vowel sign it is another name.
  expect(told("@अनि", context as never)).toEqual(["@अनि"]);
});

test("finds names in sentences without spaces, of other widths and with dots on their letters", () => {
  const context = { names: ["李雷", "Ana", "İpek", "Işık"], you: "İpek", duration: null };
  expect(told("你好@李雷你好", context as never)).toEqual(["你好", "[@李雷]", "你好"]);
  expect(told("＠Ana", context as never)).toEqual(["[＠Ana]"]);
  expect(told("@ipek @IPEK @ışık @isik", context as never)).toEqual([
    ...["[@ipek!]", " ", "[@IPEK!]", " ", "[@ışık]"],
    " @isik",
  ]);
  expect(mentionBegun("你好＠李", 4, context.names)).toEqual({ from: 2, begun: "李" });
  expect(completions("ip", context.names)).toEqual(["İpek"]);
});

test("no time is a moment of a film whose length nobody knows", () => {
  expect(told("12:34", { ...CONTEXT, duration: null as unknown as number })).toEqual(["12:34"]);
});

test("tells whether somebody is mentioned", () => {
  expect(mentions("hey @BEN", "Ben")).toBe(true);
  expect(mentions("hey Ben", "Ben")).toBe(false);
});

test.each([
  ["@", 1, { from: 0, begun: "" }],
  ["hi @an", 6, { from: 3, begun: "an" }],
  ["hi @ana there", 13, null],
  ["hi @ana ma", 10, { from: 3, begun: "ana ma" }],
  ["hi @jose m", 10, { from: 3, begun: "jose m" }],
  // Enter sends this, though a name would go on.
  ["hi @ana ", 8, null],
  ["سلام @مر", 8, { from: 5, begun: "مر" }],
  ["mail@an", 7, null],
])("sees the beginning of a mention in %j", (text, caret, expected) => {
  expect(mentionBegun(text, caret, [...CONTEXT.names, "José María", "مريم"])).toEqual(expected);
});

test("completes by the beginning of any word of a name", () => {
  expect(completions("ma", CONTEXT.names)).toEqual(["Ana Maria"]);
  expect(completions("", CONTEXT.names)).toEqual(CONTEXT.names);
  expect(completions("na", CONTEXT.names)).toEqual([]);
  expect(completions("jose", ["José", "Jo"])).toEqual(["José"]);
  expect(completions("JOSÉ", ["Jose\u0301"])).toEqual(["Jose\u0301"]);
});
