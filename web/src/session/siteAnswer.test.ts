import { beforeEach, expect, test } from "vitest";
import { enter, playbackOf, players, roomPlayback, session, setUp, timers } from "./room.fake";

beforeEach(setUp);

test("says when the site of an embedded player does not answer, and when it does", async () => {
  roomPlayback.mockResolvedValue(playbackOf({ kind: "iframe", url: "https://site.example/1" }));
  await enter();
  await timers.run(4_000);
  expect(session.siteIsSilent.value).toBe(false);
  expect(session.drift.value).toBeNull();
  await timers.run(1_500);
  expect(session.siteIsSilent.value).toBe(true);
  players[0]?.emit("ready");
  await timers.run(200);
  expect(session.siteIsSilent.value).toBe(false);
  expect(session.drift.value).not.toBeNull();
});
