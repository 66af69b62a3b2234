import { beforeEach, describe, expect, test } from "vitest";
import { emptyQueue } from "../net/server.fake";
import { NoPlayer } from "../players/player";
import type { FromClient, QueueItem, QueueState } from "../protocol.gen";
import {
  ANA,
  enter,
  makePlayersBy,
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

function queued(id: string): QueueItem {
  const { provider, media_type, external_id, season, episode } = SOURCE;
  const source = { provider, media_type, external_id, season, episode };
  const by = { added_by: "ana", added_by_name: "Ana", votes: 0 };
  return { id, source, start_s: null, title: id, duration_s: null, ...by };
}

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

describe("what is shown at once", () => {
  const order = () => session.queue.value?.items.map(({ id }) => id).join("");
  const items = [..."abc"].map(queued);

  async function queue(changes: Partial<QueueState> = {}): Promise<void> {
    server.welcome = { ...server.welcome, queue: emptyQueue({ items, ...changes }) };
    await enter();
    server.silent = true;
  }

  const refuseIt = (type: FromClient["type"]) => {
    const id = sent(type).at(-1)?.id ?? "";
    server.send({ type: "ERROR", code: "forbidden", message: "No.", id });
  };

  test("is taken back when the room refuses it: a move", async () => {
    await queue();
    session.moveItem("c", "a");
    expect(order()).toBe("cab");
    await timers.run(50);
    refuseIt("QUEUE_MOVE");
    expect(order()).toBe("abc");
  });

  test("outlives a queue that does not have it yet, and ends with one that came after it", async () => {
    await queue();
    session.moveItem("c", "a");
    await timers.run(50);
    server.send({ type: "QUEUE", ...emptyQueue({ version: 2, items: [...items, queued("d")] }) });
    expect(order()).toBe("cabd");
    server.send({ type: "ACK", id: sent("QUEUE_MOVE")[0]?.id ?? "" });
    expect(order()).toBe("cabd");
    server.send({ type: "QUEUE", ...emptyQueue({ version: 3, items }) });
    expect(order()).toBe("abc");
  });

  test("is taken back when the room refuses it: votes", async () => {
    await queue({ order: "votes", skipping: true });
    session.voteFor("b", true);
    session.voteToSkip(true);
    await timers.run(50);
    // Something else may be playing when it arrives.
    const { revision } = session.state.value ?? {};
    expect(sent("SKIP_VOTE")).toMatchObject([{ on: true, revision }]);
    expect([[...session.voted.value], session.votedToSkip.value]).toEqual([["b"], true]);
    refuseIt("QUEUE_VOTE");
    refuseIt("SKIP_VOTE");
    expect([[...session.voted.value], session.votedToSkip.value]).toEqual([[], false]);
  });

  test("is taken back when it was never answered", async () => {
    await queue();
    session.voteToSkip(true);
    session.moveItem("c", "a");
    server.up = false;
    server.drop(1006);
    await timers.run(70_000);
    server.up = true;
    server.silent = false;
    await timers.run(9_000);
    expect(session.votedToSkip.value).toBe(false);
    expect(order()).toBe("abc");
  });
});

describe("after a reload", () => {
  const own = (queue: Partial<QueueState> = {}) => {
    const state = stateOf({ revision: 7, source_revision: 7 });
    const items = [queued("a"), queued("b")];
    server.welcome = { ...server.welcome, state, queue: emptyQueue({ items, ...queue }) };
  };

  test("the visitor's votes are known", async () => {
    own();
    await enter();
    session.voteFor("b", true);
    session.voteFor("a", true);
    session.voteFor("a", false);
    session.voteToSkip(true);
    reload();
    own();
    await enter();
    expect([...session.voted.value]).toEqual(["b"]);
    expect(session.votedToSkip.value).toBe(true);
    tell({ revision: 8, source_revision: 8 });
    expect(session.votedToSkip.value).toBe(false);
  });

  test("nobody is shown the votes of another person on the same device", async () => {
    own();
    await enter();
    session.voteFor("b", true);
    session.voteToSkip(true);
    reload();
    own();
    server.welcome = { ...server.welcome, you: { ...ANA, id: "ben", name: "Ben" } };
    await enter();
    expect(session.voted.value.size).toBe(0);
    expect(session.votedToSkip.value).toBe(false);
  });
});
