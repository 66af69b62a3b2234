import { expect, test } from "vitest";
import { invalidText } from "./invalidText";

const said = (wrong: Partial<ValidityState>, type = "text") =>
  invalidText({ validity: wrong as ValidityState, type, min: "2", max: "5000", minLength: 10 });

test("what an input refuses is said in the words of the pages", () => {
  expect(said({ valueMissing: true }, "email")).toBe("Fill in this field.");
  expect(said({ tooShort: true })).toBe("At least 10 characters.");
  expect(said({ typeMismatch: true }, "email")).toContain("ana@example.org");
  expect(said({ rangeOverflow: true }, "number")).toBe("Enter a whole number from 2 to 5,000.");
  // Letters in a field for numbers, which leave its value empty.
  expect(said({ badInput: true, valueMissing: true }, "number")).toContain("whole number");
  expect(said({ badInput: true }, "datetime-local")).toBe("Enter a date and a time.");
});
