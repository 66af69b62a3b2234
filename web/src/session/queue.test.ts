import { beforeEach, expect, test } from "vitest";
import { NoPlayer } from "../players/player";
import { enter, makePlayersBy, sent, server, session, setUp, tell, timers } from "./room.fake";

beforeEach(setUp);

test("a vote to skip ends with its film, also when the same film follows", async () => {
  await enter();
  tell({ revision: 2, source_revision: 2 });
  session.voteToSkip(true);
  tell({ revision: 3, source_revision: 2, position: 40 });
  expect(session.votedToSkip.value).toBe(true);
  tell({ revision: 4, source_revision: 4 });
  expect(session.votedToSkip.value).toBe(false);
});

test("of the same film twice in a row the second is reported too when it cannot be played", async () => {
  makePlayersBy(() => Promise.reject(new NoPlayer({ kind: "unplayable", message: "No." })));
  await enter();
  tell({ revision: 2, source_revision: 2 });
  await timers.run(100);
  tell({ revision: 3, source_revision: 2, position: 7 });
  await timers.run(100);
  tell({ revision: 4, source_revision: 4 });
  await timers.run(100);
  expect(sent("FAILED").map((message) => "revision" in message && message.revision)).toEqual([
    1, 2, 4,
  ]);
});

test("the same film twice in a row goes on in its player", async () => {
  await enter();
  const player = session.player.value;
  tell({ revision: 2, source_revision: 2 });
  await timers.run(100);
  expect(player).not.toBeNull();
  expect(session.player.value).toBe(player);
  server.drop(1006);
  await timers.run(1_000);
  expect(session.player.value).toBe(player);
});
