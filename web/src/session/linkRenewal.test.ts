import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../net/api";
import { enter, linksLast, players, roomPlayback, session, setUp, tell, timers } from "./room.fake";

beforeEach(setUp);

test("renews a link before it expires, and keeps the player", async () => {
  linksLast(100, "/first");
  await enter();
  linksLast(100, "/second");
  await timers.run(70_000);
  expect(players[0]?.renewals).toEqual([]);
  await timers.run(15_000);
  expect(players[0]?.renewals).toEqual(["/second"]);
  await timers.run(80_000);
  expect(players[0]?.renewals).toEqual(["/second", "/second"]);
  expect(players).toHaveLength(1);
});

test("tries again to renew a link while the server is away", async () => {
  linksLast(100, "/first");
  await enter();
  roomPlayback.mockRejectedValue(ApiError.offline());
  await timers.run(85_000);
  expect(players[0]?.renewals).toEqual([]);
  linksLast(100, "/second");
  await timers.run(15_000);
  expect(players[0]?.renewals).toEqual(["/second"]);
  expect(session.playerError.value).toBeNull();
});

test("does not renew the link of a video that no longer plays", async () => {
  linksLast(100, "/first");
  await enter();
  const asked = roomPlayback.mock.calls.length;
  tell({ revision: 2, source: null });
  await timers.run(200_000);
  expect(roomPlayback).toHaveBeenCalledTimes(asked);
});
