import { beforeEach, describe, expect, test } from "vitest";
import { type FromClient, PROTOCOL_VERSION } from "../protocol.gen";
import { seeded } from "./random.fake";
import { FakeServer } from "./server.fake";
import { RoomSocket, type SocketState } from "./socket";
import { FakeTimers, settled } from "./timers.fake";

let timers: FakeTimers;
let server: FakeServer;
let socket: RoomSocket;
let states: SocketState[];
let lost: FromClient[];

function make(random = () => 0.5): void {
  timers = new FakeTimers(1000);
  server = new FakeServer(timers);
  states = [];
  lost = [];
  socket = new RoomSocket({
    timers,
    random,
    open: server.open,
    join: server.join,
    onMessage: () => {},
    onState: (state) => states.push(state),
    onLost: (message) => lost.push(message),
  });
}

async function goLive(): Promise<void> {
  socket.connect(await server.join());
  await timers.run(10_000);
  expect(states.at(-1)).toEqual({ kind: "live" });
}

const kind = () => states.at(-1)?.kind;
const types = (messages: FromClient[]) => messages.map((message) => message.type);

beforeEach(() => make());

describe("a connection", () => {
  test("is live after WELCOME, not before", async () => {
    server.silent = true;
    socket.connect(await server.join());
    await timers.run(100);
    expect(kind()).toBe("connecting");
  });

  test("pings five times quickly, then every two seconds", async () => {
    socket.connect(await server.join());
    await timers.run(450);
    expect(server.received).toHaveLength(5);
    await timers.run(10_000);
    expect(server.received).toHaveLength(10);
  });

  test("that never receives WELCOME is closed and tried again", async () => {
    server.silent = true;
    socket.connect(await server.join());
    await timers.run(8_200);
    expect(server.opened).toBe(2);
  });

  test.each([-1, +1])("to a server of another protocol version is over (%i)", async (by) => {
    server.welcome = { protocol: PROTOCOL_VERSION + by };
    socket.connect(await server.join());
    await timers.run(100);
    expect(states.at(-1)).toEqual({ kind: "over", reason: "protocol" });
    expect(server.connected).toBe(false);
  });
});

describe("a lost connection", () => {
  test.each([1006, 1001, 1012, 4408])("with code %i is resumed without REST", async (code) => {
    await goLive();
    server.drop(code);
    expect(kind()).toBe("reconnecting");
    await timers.run(320);
    expect(kind()).toBe("live");
    expect(server.joins).toBe(1);
  });

  test("with a spent resume token is joined again over REST", async () => {
    await goLive();
    server.drop(4401);
    await timers.run(320);
    expect(kind()).toBe("live");
    expect(server.joins).toBe(2);
  });

  test.each([0, 0.25, 0.5, 0.999])(
    "is live again within 3 s when the first two attempts fail (jitter %f)",
    async (jitter) => {
      make(() => jitter);
      await goLive();
      server.drop(1006);
      server.up = false;
      const opened = server.opened;
      for (let ms = 0; ms < 3_000 && server.opened < opened + 2; ms += 10) await timers.run(10);
      server.up = true;
      const left = 3_000 - (timers.now() - 11_000);
      await timers.run(left);
      expect(kind()).toBe("live");
    },
  );

  test("joins over REST when resuming keeps failing", async () => {
    await goLive();
    server.up = false;
    server.drop(1006);
    await timers.run(20_000);
    expect(server.joins).toBeGreaterThan(1);
    server.up = true;
    await timers.run(8_100);
    expect(kind()).toBe("live");
  });

  test("reconnects at once when the network is back", async () => {
    make(() => 0.999);
    await goLive();
    server.up = false;
    server.drop(1006);
    await timers.run(30_000);
    server.up = true;
    socket.wake();
    await timers.run(30);
    expect(kind()).toBe("live");
  });

  test("is noticed after 6 s without an answer, and not before", async () => {
    await goLive();
    server.silent = true;
    await timers.run(5_900);
    expect(kind()).toBe("live");
    await timers.run(2_300);
    expect(kind()).not.toBe("live");
  });

  test("is noticed within 2.1 s after a wake-up", async () => {
    await goLive();
    server.silent = true;
    socket.wake();
    await timers.run(2_100);
    expect(kind()).not.toBe("live");
  });

  test("is not assumed after a sleep if the server still answers", async () => {
    await goLive();
    timers.sleep(3_600_000);
    await timers.run(5_000);
    expect(states.filter((state) => state.kind === "live")).toHaveLength(1);
  });
});

describe("a refused resume", () => {
  test("is joined again over REST, which can say why", async () => {
    await goLive();
    server.refuseWith = 4403;
    server.drop(1006);
    await timers.run(310);
    server.refuseWith = null;
    await timers.run(1_000);
    expect(server.joins).toBe(2);
    expect(kind()).toBe("live");
  });

  test("is over when what REST has allowed is refused too, and asks once", async () => {
    await goLive();
    server.refuseWith = 4403;
    server.drop(1006);
    await timers.run(60_000);
    expect(server.joins).toBe(2);
    expect(states.at(-1)).toEqual({ kind: "over", reason: "forbidden" });
    expect(timers.pending).toBe(0);
  });

  test("is over for the reason that was told", async () => {
    await goLive();
    server.drop(1006);
    await timers.run(155);
    server.send({ type: "ROOM_CLOSED", reason: "banned" });
    server.drop(4403);
    expect(states.at(-1)).toEqual({ kind: "over", reason: "banned" });
  });
});

describe("a final close", () => {
  test.each([
    [4400, "protocol"],
    [4403, "forbidden"],
    [4404, "deleted"],
    [4409, "kicked"],
    [4410, "expired"],
    [4413, "protocol"],
    [4429, "too-many"],
  ])("with code %i is over for reason %s", async (code, reason) => {
    await goLive();
    server.drop(code);
    await timers.run(60_000);
    expect(states.at(-1)).toEqual({ kind: "over", reason });
    expect(server.opened).toBe(1);
    expect(timers.pending).toBe(0);
  });

  test("after ROOM_CLOSED has its reason", async () => {
    await goLive();
    server.send({ type: "ROOM_CLOSED", reason: "banned" });
    server.drop(4403);
    expect(states.at(-1)).toEqual({ kind: "over", reason: "banned" });
  });
});

describe("a message with an id", () => {
  const seek = { type: "SEEK", position: 7, id: "one" } satisfies FromClient;

  test("that was not answered is sent again with the same id and takes effect once", async () => {
    await goLive();
    socket.send(seek);
    await timers.run(7); // it arrived, its answer is on the way
    server.drop(1006);
    await timers.run(400);
    expect(server.received.filter((message) => message.id === "one")).toHaveLength(2);
    expect(types(server.done)).toEqual(["SEEK"]);
    expect(lost).toEqual([]);
  });

  test("that was answered is not sent again", async () => {
    await goLive();
    socket.send(seek);
    await timers.run(50);
    server.drop(1006);
    await timers.run(400);
    expect(server.received.filter((message) => message.id === "one")).toHaveLength(1);
  });

  test("sent without a connection goes out after WELCOME", async () => {
    await goLive();
    server.drop(1006);
    socket.send(seek);
    await timers.run(400);
    expect(types(server.done)).toEqual(["SEEK"]);
  });

  test("is lost after 5 s when it is about what plays; chat and votes for a film wait longer", async () => {
    await goLive();
    server.up = false;
    server.drop(1006);
    socket.send(seek);
    socket.send({ type: "SUBTITLE", track: "de", id: "three" });
    socket.send({ type: "SKIP_VOTE", on: true, revision: 7, id: "four" });
    socket.send({ type: "CHAT", text: "hello", id: "two" });
    await timers.run(5_000);
    server.up = true;
    await timers.run(9_000);
    expect(types(lost)).toEqual(["SEEK", "SUBTITLE"]);
    expect(types(server.done)).toEqual(["SKIP_VOTE", "CHAT"]);
  });

  test("is reported as lost when the room is over", async () => {
    await goLive();
    server.silent = true;
    socket.send(seek);
    server.drop(4410);
    expect(types(lost)).toEqual(["SEEK"]);
  });
});

test("after dispose() nothing runs and nothing is sent", async () => {
  await goLive();
  socket.dispose();
  const { length } = server.received;
  socket.send({ type: "SYNC" });
  await timers.run(10_000);
  expect(server.received).toHaveLength(length);
  expect(timers.pending).toBe(0);
});

test("after any faults it reconnects, and each message takes effect or is reported lost", async () => {
  const codes = [1006, 1001, 1012, 4401, 4408, 4503];
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed);
    make(random);
    server.delayMs = () => 1 + random() * 200;
    socket.connect(await server.join());
    const ids: string[] = [];
    for (let step = 0; step < 40; step++) {
      const dice = random();
      if (dice < 0.3) server.drop(codes[Math.floor(random() * codes.length)] ?? 1006);
      else if (dice < 0.4) server.up = !server.up;
      else if (dice < 0.45) server.silent = !server.silent;
      else if (dice < 0.5) server.refuseWith = server.refuseWith === null ? 4503 : null;
      else if (dice < 0.55) socket.wake();
      else if (dice < 0.9) {
        ids.push(`m${ids.length}`);
        socket.send({ type: "SEEK", position: 1, id: ids.at(-1) ?? null });
      }
      if (!server.up) server.drop(1006);
      timers.advance(random() * 1500);
      await settled();
    }
    server.up = true;
    server.silent = false;
    server.refuseWith = null;
    await timers.run(30_000);
    expect(kind(), `seed ${seed}`).toBe("live");
    const done = new Set(server.done.map((message) => message.id));
    const gone = new Set(lost.map((message) => message.id));
    expect(done.size, `seed ${seed}`).toBe(server.done.length);
    for (const id of ids) expect(done.has(id) || gone.has(id), `seed ${seed} ${id}`).toBe(true);
  }
});
