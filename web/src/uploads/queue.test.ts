import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../net/errors";
import { allows, type Phase, type UploadAction } from "./phases";
import { type Job, type Sink, UploadQueue } from "./queue";

/** A network that is controlled by the test. */
class FakeNetwork {
  readonly transfers: { name: string; sink: Sink; ended: "paused" | "cancelled" | null }[] = [];

  readonly send = (job: Job, sink: Sink) => {
    const transfer: (typeof this.transfers)[number] = { name: job.name, sink, ended: null };
    this.transfers.push(transfer);
    return {
      pause: () => {
        transfer.ended = "paused";
      },
      cancel: () => {
        transfer.ended = "cancelled";
      },
    };
  };

  /** The last transfer with this name. */
  of(name: string) {
    const transfer = this.transfers.findLast((other) => other.name === name);
    if (!transfer) throw new Error(`nothing sends ${name}`);
    return transfer;
  }
}

let network: FakeNetwork;
let queue: UploadQueue;
let now_ms: number;

beforeEach(() => {
  network = new FakeNetwork();
  now_ms = 0;
  queue = new UploadQueue(network.send, () => now_ms);
});

function add(name: string, sizeBytes = 100): void {
  const file = { size: sizeBytes } as File;
  queue.add({ kind: "file", name, file, storage: null });
}

const row = (name: string) => {
  const found = queue.rows.value.find((other) => other.name === name);
  if (!found) throw new Error(`there is no row ${name}`);
  return found;
};
const phases = () => queue.rows.value.map(({ phase }) => phase);

describe("the queue", () => {
  test("runs two at once, and the next when one is done, paused, failed or cancelled", () => {
    for (const name of ["a", "b", "c", "d", "e", "f"]) add(name);
    expect(phases()).toEqual(["sending", "sending", "queued", "queued", "queued", "queued"]);
    network.of("a").sink.finish("7");
    queue.pause(row("b").id);
    expect(phases().slice(0, 4)).toEqual(["done", "paused", "sending", "sending"]);
    network.of("c").sink.fail(new ApiError(422, "not_a_video", "No."));
    queue.cancel(row("d").id);
    expect(phases()).toEqual(["done", "paused", "failed", "sending", "sending"]);
  });

  test("gives the id of the finished video", () => {
    const done: (string | null)[] = [];
    queue.onDone = ({ videoId }) => done.push(videoId);
    add("a");
    network.of("a").sink.progress(100);
    expect(phases()).toEqual(["checking"]);
    network.of("a").sink.finish("7");
    expect(done).toEqual(["7"]);
    queue.dismiss(row("a").id);
    expect(queue.rows.value).toEqual([]);
  });

  test("resumes a paused upload in its turn", () => {
    for (const name of ["a", "b", "c"]) add(name);
    queue.pause(row("a").id);
    expect(network.of("a").ended).toBe("paused");
    queue.resume(row("a").id);
    expect(phases()).toEqual(["queued", "sending", "sending"]);
    network.of("b").sink.finish(null);
    expect(phases()).toEqual(["sending", "done", "sending"]);
    expect(network.transfers.map(({ name }) => name)).toEqual(["a", "b", "c", "a"]);
  });

  test("listens only to the newest transfer of an upload", () => {
    add("a");
    const old = network.of("a").sink;
    queue.pause(row("a").id);
    queue.resume(row("a").id);
    old.progress(50);
    old.fail(ApiError.offline());
    expect(row("a")).toMatchObject({ phase: "sending", sentBytes: 0 });
  });

  test("shows that it waits for the connection, and the speed when it has one", () => {
    add("a", 10_000);
    network.of("a").sink.progress(0);
    now_ms = 2_000;
    network.of("a").sink.progress(3_000);
    expect(row("a")).toMatchObject({ phase: "sending", bytesPerS: 1_500 });
    network.of("a").sink.stall(ApiError.offline());
    expect(row("a")).toMatchObject({ phase: "waiting", bytesPerS: null, sentBytes: 3_000 });
    network.of("a").sink.progress(3_500);
    expect(row("a")).toMatchObject({ phase: "sending", bytesPerS: null });
  });

  test("retries when asked, and by itself after a lost connection", () => {
    for (const name of ["a", "b"]) add(name);
    network.of("a").sink.fail(new ApiError(413, "quota_exceeded", "Full."));
    network.of("b").sink.fail(ApiError.offline());
    queue.online();
    expect(phases()).toEqual(["failed", "sending"]);
    queue.retry(row("a").id);
    expect(row("a")).toMatchObject({ phase: "sending", error: null });
  });

  test("continues an upload of an earlier visit when its file is chosen again", () => {
    let forgotten = 0;
    const lost = { totalBytes: 100, sentBytes: 40, forget: () => forgotten++ };
    const kept = queue.addLost({ ...lost, name: "a" });
    const given = queue.addLost({ ...lost, name: "b" });
    expect(phases()).toEqual(["lost", "lost"]);
    queue.find(kept, { kind: "file", name: "a", file: { size: 100 } as File, storage: null });
    queue.cancel(given);
    expect(queue.rows.value).toMatchObject([{ phase: "sending", sentBytes: 40 }]);
    expect(forgotten).toBe(1);
  });
});

describe("an upload", () => {
  const users: UploadAction[] = ["pause", "resume", "retry", "cancel", "find", "dismiss"];

  test.each<[Phase, UploadAction[]]>([
    ["queued", ["pause", "cancel"]],
    ["sending", ["pause", "cancel"]],
    ["waiting", ["pause", "cancel"]],
    ["checking", ["cancel"]],
    ["paused", ["resume", "cancel"]],
    ["failed", ["retry", "cancel"]],
    ["lost", ["cancel", "find"]],
    ["done", ["dismiss"]],
  ])("that is %s lets the user %j", (phase, acts) => {
    expect(users.filter((action) => allows(phase, action))).toEqual(acts);
  });
});
