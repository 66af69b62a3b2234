import { beforeEach, expect, test } from "vitest";
import { enter, playbackOf, players, roomPlayback, session, setUp, timers } from "./room.fake";

beforeEach(setUp);

test("nothing is in sync before a player that is ready by itself was heard of", async () => {
  roomPlayback.mockResolvedValue(playbackOf({ kind: "iframe", url: "https://site.example/1" }));
  await enter();
  Object.assign(players[0] ?? {}, { hasReported: false });
  players[0]?.emit("ready");
  await timers.run(2_000);
  expect(session.site.value).toBe("answered");
  expect(session.drift.value).toBeNull();
  Object.assign(players[0] ?? {}, { hasReported: true });
  await timers.run(200);
  expect(session.drift.value).not.toBeNull();
});

test("goes on saying so while its player is made anew, until that one answers", async () => {
  roomPlayback.mockResolvedValue(playbackOf({ kind: "iframe", url: "https://site.example/1" }));
  await enter();
  await timers.run(5_500);
  const error = { kind: "network", message: "It is silent." } as const;
  for (const again of [1, 2, 3]) {
    players.at(-1)?.emit("error", { fromUser: false, error });
    await timers.run(100);
    expect(session.site.value).toBe("silent");
    await timers.run(4_000);
    expect(players).toHaveLength(again + 1);
    expect(session.site.value).toBe("silent");
  }
  players.at(-1)?.emit("ready");
  expect(session.site.value).toBe("answered");
});

test("says when the site of an embedded player does not answer, and when it does", async () => {
  roomPlayback.mockResolvedValue(playbackOf({ kind: "iframe", url: "https://site.example/1" }));
  await enter();
  await timers.run(3_900);
  expect(session.site.value).toBe("awaited");
  expect(session.drift.value).toBeNull();
  await timers.run(1_500);
  expect(session.site.value).toBe("silent");
  players[0]?.emit("ready");
  await timers.run(200);
  expect(session.site.value).not.toBe("silent");
  expect(session.drift.value).not.toBeNull();
});
