// @vitest-environment happy-dom

import { beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError, api } from "./api";

const sent = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();

function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  sent.mockResolvedValueOnce(new Response(status === 204 ? null : text, { status, headers }));
}

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => expect.fail("the call succeeded"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

beforeEach(() => {
  sent.mockReset();
  vi.stubGlobal("fetch", sent);
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie Django sets
  document.cookie = "csrftoken=a%20token";
});

describe("a REST call", () => {
  test("carries the CSRF token only when it changes something", async () => {
    answer(200, { user: { id: "1" } });
    answer(204, "");
    await api.me();
    await api.logout();
    expect(sent.mock.calls[0]?.[1].headers).not.toHaveProperty("X-CSRFToken");
    expect(sent.mock.calls[1]?.[1].headers).toHaveProperty("X-CSRFToken", "a token");
  });

  test("escapes a hostile room code in the path", async () => {
    answer(200, {});
    await api.room("../../admin?x");
    expect(sent.mock.calls[0]?.[0]).toBe("/api/v1/rooms/..%2F..%2Fadmin%3Fx");
  });

  test("asks to join without a password unless one was given", async () => {
    answer(200, { status: "pending", ticket: null, ws_url: null });
    answer(200, { status: "pending", ticket: null, ws_url: null });
    await api.joinRoom("abc");
    await api.joinRoom("abc", "");
    const bodies = sent.mock.calls.map(([, init]) => JSON.parse(String(init.body)));
    expect(bodies).toEqual([{ playback: true }, { playback: true, password: "" }]);
  });
});

describe("a failed call", () => {
  test("has the code, message, fields and when to try again", async () => {
    const error = { code: "rate_limited", message: "Slowly.", fields: { url: "is not one" } };
    answer(429, { error }, { "Retry-After": "7" });
    expect(await failure(api.resolve("x"))).toMatchObject({
      status: 429,
      code: "rate_limited",
      message: "Slowly.",
      fields: { url: "is not one" },
      retryAfterS: 7,
      retriable: true,
    });
  });

  test.each([
    [502, "storage_refused", "storage_refused", false],
    [423, "upload_locked", "upload_locked", true],
    [503, "unavailable", "unavailable", true],
    [409, "from_a_newer_server", "error", false],
    [503, "from_a_newer_server", "error", true],
  ])(
    "with status %i and code %s tells %s and may be repeated: %s",
    async (status, sent, code, retriable) => {
      answer(status, { error: { code: sent, message: "No." } });
      expect(await failure(api.me())).toMatchObject({ status, code, message: "No.", retriable });
    },
  );

  test("has status 0 when no answer came", async () => {
    sent.mockRejectedValueOnce(new TypeError("Failed to fetch"));
    expect(await failure(api.me())).toMatchObject({ status: 0, code: "offline", retriable: true });
  });

  test.each([
    [502, "<html>Bad gateway</html>"],
    [500, '{"error": "a string"}'],
    [404, "null"],
  ])("with status %i and a body of another kind still reads well", async (status, body) => {
    answer(status, body);
    const error = await failure(api.me());
    expect(error.status).toBe(status);
    expect(error.message).toMatch(/Try again/);
  });

  test("with status 200 but without JSON is a failure", async () => {
    answer(200, "<html>captive portal</html>");
    expect((await failure(api.me())).status).toBe(502);
  });
});
