import { effect } from "@preact/signals";
import { beforeEach, describe, expect, test } from "vitest";
import type { JoinOut } from "../rest.gen";
import {
  ANA,
  enter,
  joinRoom,
  players,
  reload,
  SOURCE,
  sent,
  server,
  session,
  setUp,
  stateOf,
  tell,
  timers,
} from "./room.fake";

beforeEach(setUp);

/** STATUS messages with only the position, without a player. */
const reminders = () => sent("STATUS").filter((message) => !("duration" in message));

describe("the room", () => {
  test("shows who is there, who is host, and what you may do", async () => {
    const ben = { ...ANA, id: "ben", name: "Ben", role: "viewer" as const };
    server.welcome = { ...server.welcome, you: ben, members: [ben, ANA], viewer_count: 2 };
    await enter();
    expect(session.members.value.map(({ id }) => id)).toEqual(["ana", "ben"]);
    server.send({ type: "HOST_DISCONNECTED", grace_ends_at: 99 });
    expect(session.hostAway.value).toEqual({ graceEndsAt: 99 });
    server.send({ type: "HOST_CHANGED", host: "ben" });
    expect(session.hostAway.value).toBeNull();
    expect(session.you.value?.role).toBe("host");
    expect(session.members.value.map(({ id }) => id)).toEqual(["ben", "ana"]);
    expect(session.notice.value?.text).toBe("You are the host now.");
  });

  test("is there as a whole: what was said before comes together with who you are", async () => {
    const chat = [
      { id: "1", member: "ben", name: "Ben", role: "viewer" as const, text: "Hi", at: 5 },
    ];
    server.welcome = { ...server.welcome, chat };
    const lines: number[] = [];
    const stop = effect(() => {
      if (session.you.value) lines.push(session.chat.value.length);
    });
    await enter();
    stop();
    expect(lines[0]).toBe(1);
  });

  test("need not wait for you after a reload either, until you take it back", async () => {
    await enter();
    session.waitForMe(false);
    reload();
    expect(session.waitsForMe.value).toBe(false);
    await enter();
    expect(sent("WAIT_FOR_ME")).toMatchObject([{ on: false }]);
    session.waitForMe(true);
    reload();
    expect(session.waitsForMe.value).toBe(true);
    await enter();
    expect(sent("WAIT_FOR_ME")).toEqual([]);
  });

  test("is unavailable until another message than that error comes, and keeps asking", async () => {
    await enter();
    server.send({ type: "ERROR", code: "unavailable", message: "Away.", id: "of a command" });
    expect(session.liveUnavailable.value).toBe(true);
    expect(session.notice.value?.text).toBe("Away.");
    await timers.run(2_100);
    expect(sent("SYNC")).toHaveLength(1);
    expect(session.liveUnavailable.value).toBe(false);
  });

  test("gets the player's status every two seconds when it changes, otherwise rarely", async () => {
    await enter();
    await timers.run(2_000);
    expect(sent("STATUS")).toMatchObject([{ buffering: false, duration: 600 }]);
    await timers.run(15_000);
    expect(sent("STATUS")).toHaveLength(1);
    players[0]?.stall(true);
    await timers.run(2_100);
    expect(sent("STATUS")).toHaveLength(2);
  });

  test("gets the revision that the player follows with its status", async () => {
    await enter();
    tell({ revision: 7 });
    await timers.run(2_000);
    expect(sent("STATUS")).toMatchObject([{ revision: 7, duration: 600 }]);
  });

  test("gets its last known position from its host, in case it was lost", async () => {
    await enter();
    tell({ revision: 7, position: 90 });
    server.welcome = { ...server.welcome, state: stateOf({ revision: 1_000 }) };
    server.drop(1006);
    await timers.run(1_500);
    expect(session.state.value?.revision).toBe(1_000);
    expect(reminders()).toMatchObject([{ revision: 7, position: 90 }]);
  });

  test.each([
    ["nothing is newer", { revision: 7, position: 90 }],
    ["another source plays", { revision: 8, source: { ...SOURCE, external_id: "other" } }],
  ])("is not reminded when %s", async (_why, state) => {
    await enter();
    tell({ revision: 7, position: 90 });
    server.welcome = { ...server.welcome, state: stateOf(state) };
    server.drop(1006);
    await timers.run(1_500);
    expect(reminders()).toEqual([]);
  });

  test("leaves nothing behind after dispose()", async () => {
    await enter();
    session.seek(3);
    session.dispose();
    await timers.run(10_000);
    expect(timers.pending).toBe(0);
    expect(players[0]?.disposed).toBe(true);
  });

  test("does not ask again when an answer to joining comes after dispose()", async () => {
    await enter();
    let answer: (join: JoinOut) => void = () => {};
    const answered = new Promise<JoinOut>((resolve) => {
      answer = resolve;
    });
    joinRoom.mockReturnValue(answered);
    server.drop(4401);
    await timers.run(1_000);
    session.dispose();
    answer({ status: "pending", ticket: null, ws_url: null, playback: null });
    await timers.run(10_000);
    expect(timers.pending).toBe(0);
    expect(joinRoom).toHaveBeenCalledTimes(2);
  });
});
