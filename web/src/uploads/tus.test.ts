import { expect, test } from "vitest";
import { ApiError } from "../net/errors";
import { isLost } from "./tus";

test.each([
  ["nobody is signed in any more", new ApiError(401, "not_authenticated", "")],
  ["a form is too old", new ApiError(403, "csrf_failed", "")],
  ["no answer came", ApiError.offline()],
  ["a storage refused it", new ApiError(502, "storage_refused", "")],
])("where %s, what the server has of an upload is continued later", (_, failure) => {
  expect(isLost(failure)).toBe(false);
});

test.each([
  ["is no video", new ApiError(422, "not_a_video", "")],
  ["is too large", new ApiError(413, "too_large", "")],
])("a file that %s is not continued", (_, failure) => {
  expect(isLost(failure)).toBe(true);
});
