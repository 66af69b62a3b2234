import { expect, test } from "vitest";
import { ApiError } from "../net/api";
import { failureText, fieldText } from "./failure";

test("a limit says when to try again only once, as the server does", () => {
  const message = "Too many attempts. Try again in 8 s.";
  expect(failureText(new ApiError(429, "rate_limited", message, {}, 8))).toBe(message);
});

test("an error that is not a failed call is not hidden", () => {
  expect(() => failureText(new TypeError("a bug"))).toThrow("a bug");
});

test("the server's message about a field becomes a sentence", () => {
  expect(fieldText("This email", "must look like name@example.org")).toBe(
    "This email must look like name@example.org.",
  );
  expect(fieldText("The password", "This password is too common.")).toBe(
    "This password is too common.",
  );
  expect(fieldText("The name", undefined)).toBeUndefined();
});
