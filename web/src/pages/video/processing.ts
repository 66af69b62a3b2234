// The conversion of a video. Polled while there is something to report.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t, translated } from "../../language/t";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import { browserTimers, type Cancel, type Timers } from "../../net/timers";
import type { JobOut, VideoOut } from "../../rest.gen";
import { roughTime } from "../../ui/roughTime";
import { dayTime } from "../../ui/time";

const FIRST_MS = 2000;
const SLOWEST_MS = 10_000;

const STEPS: Record<JobOut["step"], string> = {
  "": t("Looking at the file"),
  remux: t("Putting it into an MP4"),
  lowest: t("Making it playable"),
  subtitles: t("Taking out the subtitles"),
  sizes: t("Making larger sizes"),
  storyboard: t("Making the pictures of the seek bar"),
  film: t("Making one file of it"),
  elsewhere: t("A processing service is at work"),
  fetching: t("Fetching what was made"),
};

/** Whether the job is not over. */
export function isOpen({ status }: JobOut): boolean {
  return status === "queued" || status === "processing" || status === "retrying";
}

/**
 * The newest job of the video, and a function to reload it after a retry. `changed` is called when
 * the video itself may have changed.
 */
export function useJob(video: VideoOut, changed: () => void): [Signal<JobOut | null>, () => void] {
  const job = useSignal<JobOut | null>(null);
  const round = useSignal(0);
  const { id, status } = video;
  useEffect(
    () =>
      watchJob({
        ask: () => library.processing(id).then((answer) => answer.job),
        known: job.peek(),
        onNews: (found, before) => {
          job.value = found;
          const ended = found && before && isOpen(before) && !isOpen(found);
          // The video changes only after a step, so do not reload it within one.
          const moved = !before || before.status !== found?.status || before.step !== found.step;
          if (ended || (moved && status !== "completed")) changed();
        },
        timers: browserTimers,
      }),
    [id, status, round.value],
  );
  return [job, () => round.value++];
}

interface Watch {
  ask: () => Promise<JobOut | null>;
  known: JobOut | null;
  onNews: (found: JobOut | null, before: JobOut | null) => void;
  timers: Timers;
}

/** Polls a job until it is over, also through temporary failures; returns a function to stop. */
export function watchJob({ ask, known, onNews, timers }: Watch): Cancel {
  let waitMs = FIRST_MS;
  let gone = false;
  let cancel: Cancel = () => {};
  const wait = (stands: boolean) => {
    waitMs = stands ? Math.min(SLOWEST_MS, waitMs * 1.5) : FIRST_MS;
    cancel = timers.after(waitMs, look);
  };
  const look = async () => {
    let found: JobOut | null;
    try {
      found = await ask();
    } catch (error) {
      if (!gone && error instanceof ApiError && error.retriable) wait(true);
      return;
    }
    if (gone) return;
    const before = known;
    known = found;
    onNews(found, before);
    if (found && isOpen(found))
      wait(before?.progress === found.progress && before.status === found.status);
  };
  void look();
  return () => {
    gone = true;
    cancel();
  };
}

/** "Making larger sizes, 40 %, about 5 min left". */
export function jobText(job: JobOut): string {
  if (job.status === "queued") {
    const { waits_behind: others } = job;
    if (others) return t("Behind {{count}} others", { count: others });
    return t("It begins in a moment.");
  }
  if (job.status === "retrying") {
    const at = job.next_attempt_at && dayTime(Date.parse(job.next_attempt_at));
    const reason = translated(job.reason);
    if (at && job.waits_until)
      return t("{{reason}} This video waits for that. The next try is at {{at}}.", { reason, at });
    return at
      ? t("{{reason}} It is tried again at {{at}}.", { reason, at })
      : t("{{reason}} It is tried again soon.", { reason });
  }
  if (job.status === "failed") return translated(job.reason);
  const leftS = job.done_at ? (Date.parse(job.done_at) - Date.now()) / 1000 : null;
  const left = leftS !== null && leftS > 0 ? t(", {{left}} left", { left: roughTime(leftS) }) : "";
  const doing = `${stepText(job)}${left}`;
  // The result exists, but cannot be stored at the moment.
  return job.reason ? `${doing}. ${translated(job.reason)}` : doing;
}

/** "Making it playable". */
export function stepText({ step }: JobOut): string {
  return STEPS[step];
}
