import { expect, test } from "vitest";
import { JOB } from "../../../gallery/videos";
import { ApiError } from "../../net/errors";
import { FakeTimers } from "../../net/timers.fake";
import type { JobOut } from "../../rest.gen";
import { jobText, watchJob } from "./processing";

function watched(...answers: (JobOut | null | ApiError)[]) {
  const timers = new FakeTimers();
  const found: (JobOut | null)[] = [];
  const stop = watchJob({
    ask: async () => {
      const answer = answers.shift();
      if (answer instanceof ApiError) throw answer;
      return answer ?? null;
    },
    known: null,
    onNews: (job) => found.push(job),
    timers,
  });
  return { timers, found, stop };
}

const UNAVAILABLE = new ApiError(503, "unavailable", "Away.");
const DONE: JobOut = { ...JOB, status: "completed" };

test("a first request that fails for a moment is repeated", async () => {
  const { timers, found } = watched(ApiError.offline(), UNAVAILABLE, JOB, DONE);
  await timers.run(60_000);
  expect(found).toEqual([JOB, DONE]);
  expect(timers.pending).toBe(0);
});

test("what the server refuses is not asked for again", async () => {
  const { timers, found } = watched(JOB, new ApiError(404, "not_found", "Gone."));
  await timers.run(60_000);
  expect(found).toEqual([JOB]);
  expect(timers.pending).toBe(0);
});

test("nobody is told any more after the end", async () => {
  const { timers, found, stop } = watched(JOB, JOB);
  await timers.run(0);
  stop();
  await timers.run(60_000);
  expect(found).toEqual([JOB]);
});

test("what cannot be stored just now says why beside what is done", () => {
  const job: JobOut = { ...JOB, done_at: null, reason: "The storage of this video refused." };
  expect(jobText(job)).toBe("Making larger sizes. The storage of this video refused.");
});

test("what waits for a storage says so, and when it is tried again", () => {
  const at = new Date(2026, 2, 12, 9, 30).toISOString();
  const reason = "The storage of this video is unavailable just now. Try again later.";
  const job: JobOut = { ...JOB, status: "retrying", reason, next_attempt_at: at, waits_until: at };
  expect(jobText(job)).toMatch(/^The storage .* This video waits for that\. The next try is at /);
});
