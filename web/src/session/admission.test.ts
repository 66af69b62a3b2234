import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../net/api";
import type { ErrorCode } from "../net/errors";
import {
  enter,
  entry,
  joinRoom,
  readRoom,
  refuse,
  server,
  session,
  setUp,
  timers,
} from "./room.fake";

beforeEach(setUp);

describe("admission", () => {
  test.each<[number, ErrorCode, string]>([
    [401, "not_authenticated", "need-name"],
    [403, "wrong_password", "need-password"],
    [403, "banned", "refused"],
    [403, "rejected", "refused"],
    [404, "no_such_room", "not-found"],
    [409, "room_over", "over"],
  ])("answers %i %s with %s, and start() tries again", async (status, code, kind) => {
    refuse(status, code);
    session.start();
    await timers.run(60_000);
    expect(entry()).toBe(kind);
    expect(server.opened).toBe(0);
    await enter();
    expect(entry()).toBe("joined");
  });

  test.each([4401, 4403])(
    "says that the room has filled during a short drop (%i)",
    async (code) => {
      await enter();
      server.refuseWith = code;
      refuse(409, "room_full");
      server.drop(1006);
      await timers.run(1_000);
      expect(entry()).toBe("full");
      server.refuseWith = null;
      await enter();
      expect(entry()).toBe("joined");
    },
  );

  test("says that the room was deleted, not that it never was, to who had been let in", async () => {
    await enter();
    server.refuseWith = 4401;
    refuse(404, "no_such_room");
    server.drop(1006);
    await timers.run(1_000);
    expect(session.entry.value).toEqual({ kind: "over", reason: "deleted" });
  });

  test("lets in whoever waits at a full room when there is a place, and asks less and less often", async () => {
    joinRoom.mockRejectedValue(new ApiError(409, "room_full", "room_full"));
    session.start();
    await timers.run(60_000);
    // After 3, 4.5, 6.75, 10.1, 15.2 seconds, and from then on every 22.5.
    expect(joinRoom).toHaveBeenCalledTimes(6);
    await timers.run(600_000);
    expect(joinRoom.mock.calls.length).toBeLessThan(6 + 28);
    expect(entry()).toBe("full");
    joinRoom.mockImplementation(server.joinRoom);
    await timers.run(30_000);
    expect(session.connection.value.kind).toBe("live");
  });

  test("goes on waiting for a place while the server is away or refuses to be asked so often", async () => {
    refuse(409, "room_full");
    refuse(0, "offline");
    refuse(429, "rate_limited", 40);
    session.start();
    await timers.run(9_000);
    expect(entry()).toBe("full");
    expect(joinRoom).toHaveBeenCalledTimes(3);
    await timers.run(38_000);
    expect(joinRoom).toHaveBeenCalledTimes(3);
    await timers.run(3_000);
    expect(entry()).toBe("joined");
  });

  test("asks a full room at once when told to, without another page in between", async () => {
    refuse(409, "room_full");
    session.start();
    await timers.run(10);
    session.start();
    expect(session.entry.value).toEqual({ kind: "full", retryAt: timers.now() });
    await timers.run(1_000);
    expect(session.connection.value.kind).toBe("live");
    expect(joinRoom).toHaveBeenCalledTimes(2);
    await timers.run(60_000);
    expect(joinRoom).toHaveBeenCalledTimes(2);
  });

  test("does not ask for a name when the room does not exist", async () => {
    refuse(401, "not_authenticated");
    readRoom.mockRejectedValue(new ApiError(404, "no_such_room", "There is no such room."));
    session.start();
    await timers.run(1_000);
    expect(entry()).toBe("not-found");
  });

  test("distinguishes a wrong from a missing password, and keeps the right one", async () => {
    refuse(403, "wrong_password");
    session.start();
    await timers.run(10);
    expect(session.entry.value).toEqual({ kind: "need-password", wrong: false });
    refuse(403, "wrong_password");
    session.submitPassword("nope");
    await timers.run(10);
    expect(session.entry.value).toEqual({ kind: "need-password", wrong: true });
    session.submitPassword("sesame");
    await timers.run(6_000);
    server.drop(4401);
    await timers.run(1_000);
    expect(joinRoom.mock.lastCall).toEqual(["abc", "sesame"]);
    expect(session.connection.value.kind).toBe("live");
  });

  test("asks every two seconds while the host decides", async () => {
    joinRoom.mockResolvedValue({ status: "pending", ticket: null, ws_url: null, playback: null });
    session.start();
    await timers.run(9_000);
    expect(entry()).toBe("waiting");
    expect(joinRoom).toHaveBeenCalledTimes(5);
    joinRoom.mockImplementation(server.joinRoom);
    await timers.run(2_100);
    expect(session.connection.value.kind).toBe("live");
  });

  test("retries by itself when the server is unreachable or busy", async () => {
    refuse(0, "offline");
    refuse(429, "rate_limited", 7);
    session.start();
    await timers.run(5_000);
    expect(session.connection.value).toMatchObject({ kind: "reconnecting" });
    expect(joinRoom).toHaveBeenCalledTimes(2);
    await timers.run(3_000);
    expect(session.connection.value.kind).toBe("live");
  });
});
