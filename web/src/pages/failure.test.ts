import { expect, test } from "vitest";
import { ApiError } from "../net/api";
import { failureText, fieldText } from "./failure";

test("a limit says once when to try again, as the server does", () => {
  const message = "Too many attempts. Try again in 8 s.";
  expect(failureText(new ApiError(429, "rate_limited", message, {}, 8))).toBe(message);
});

test("what is no failed call is not hidden", () => {
  expect(() => failureText(new TypeError("a bug"))).toThrow("a bug");
});

test("what the server says of a field becomes a sentence about it", () => {
  expect(fieldText("This email", "already has an account")).toBe(
    "This email already has an account.",
  );
  expect(fieldText("The password", "This password is too common.")).toBe(
    "This password is too common.",
  );
  expect(fieldText("The name", undefined)).toBeUndefined();
});
