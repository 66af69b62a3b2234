// @vitest-environment happy-dom

import { expect, test } from "vitest";
import { errorOfAnswer } from "./videoErrors";

const PAGE = "<html><title>Conflict</title></html>";

function refusal(code: string): string {
  return JSON.stringify({ error: { code, message: "It says why." } });
}

test.each([408, 409, 421, 423, 425, 499, 400])(
  "a %i without a reason of our server may pass",
  (status) => {
    for (const body of [PAGE, "", refusal("of_a_newer_server")])
      expect(errorOfAnswer(status, body).kind).toBe("network");
  },
);

test("what our server will not do the next time is told at once", () => {
  const error = { kind: "unplayable", message: "It says why." };
  expect(errorOfAnswer(502, refusal("storage_refused"))).toEqual(error);
  expect(errorOfAnswer(409, refusal("not_playable"))).toEqual(error);
});

test("what our server may do the next time is asked for again", () => {
  expect(errorOfAnswer(503, refusal("unavailable")).kind).toBe("network");
  expect(errorOfAnswer(409, refusal("not_ready")).kind).toBe("preparing");
});
