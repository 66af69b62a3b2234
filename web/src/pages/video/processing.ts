// What is being made of a video: asked for again and again as long as there is something to tell.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t, told } from "../../language/t";
import { library } from "../../net/library";
import type { JobOut, VideoOut } from "../../rest.gen";
import { dayTime, roughTime } from "../../ui/time";

const FIRST_MS = 2000;
const SLOWEST_MS = 10_000;

const STEPS: Record<string, string> = {
  remux: t("Putting it into an MP4"),
  lowest: t("Making the first size"),
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
 * The newest job of the video, and what asks for it anew after a retry. `changed` is called when
 * the video may have become another.
 */
export function useJob(video: VideoOut, changed: () => void): [Signal<JobOut | null>, () => void] {
  const job = useSignal<JobOut | null>(null);
  const round = useSignal(0);
  const { id, status } = video;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    let waitMs = FIRST_MS;
    const look = async () => {
      const before = job.peek();
      const found = await library.processing(id).then(
        (answer) => answer.job,
        () => before,
      );
      if (gone) return;
      job.value = found;
      const ended = found && before && isOpen(before) && !isOpen(found);
      // Each step leaves another video behind; within one there is nothing to ask for.
      const moved = !before || before.status !== found?.status || before.step !== found.step;
      if (ended || (moved && status !== "completed")) changed();
      if (!found || !isOpen(found)) return;
      const stands = before?.progress === found.progress && before.status === found.status;
      waitMs = stands ? Math.min(SLOWEST_MS, waitMs * 1.5) : FIRST_MS;
      timer = setTimeout(look, waitMs);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id, status, round.value]);
  return [job, () => round.value++];
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
    const reason = told(job.reason);
    return at
      ? t("{{reason}} It is tried again at {{at}}.", { reason, at })
      : t("{{reason}} It is tried again soon.", { reason });
  }
  if (job.status === "failed") return told(job.reason);
  const leftS = job.done_at ? (Date.parse(job.done_at) - Date.now()) / 1000 : null;
  const left = leftS !== null && leftS > 0 ? t(", {{left}} left", { left: roughTime(leftS) }) : "";
  return `${stepText(job)}${left}`;
}

/** "Making the first size". */
export function stepText({ step }: JobOut): string {
  return STEPS[step] ?? t("Looking at the file");
}
