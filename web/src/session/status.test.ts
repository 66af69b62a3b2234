import { beforeEach, expect, test } from "vitest";
import { FakePlayer, PASSIVE } from "../sync/player.fake";
import { enter, makePlayersBy, players, sent, setUp, tell, timers } from "./room.fake";

beforeEach(setUp);

test("a player that every start loads anew is not waited for while it starts", async () => {
  makePlayersBy(() => {
    players.push(new FakePlayer(timers, PASSIVE));
    return Promise.resolve(players[0] as FakePlayer);
  });
  await enter();
  await timers.run(3_000);
  expect(sent("STATUS").at(-1)).toMatchObject({ buffering: false, ready: true });
  players[0]?.stall(true);
  tell({ revision: 2, playing: true });
  await timers.run(3_000);
  expect(sent("STATUS").at(-1)).toMatchObject({ buffering: true, revision: 2 });
  expect(sent("STATUS").at(-1)).not.toHaveProperty("ready");
});
