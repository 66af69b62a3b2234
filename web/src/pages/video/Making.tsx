import { useSignal } from "@preact/signals";
import { listed, t, translated } from "../../language/t";
import { library } from "../../net/library";
import type { JobOut, VideoOut } from "../../rest.gen";
import { languageName } from "../../subtitles/choice";
import { Button } from "../../ui/Button";
import { notify } from "../../ui/notices";
import { ProgressBar } from "../../ui/ProgressBar";
import { failureText } from "../failure";
import { codecName } from "./Facts";
import css from "./Making.module.css";
import { isOpen, jobText } from "./processing";

interface Props {
  video: VideoOut;
  job: JobOut;
  onRetried: () => void;
}

/** The progress of the conversion, or why it failed, with a retry button. */
export function Making({ video, job, onRetried }: Props) {
  const failed = job.status === "failed";
  return (
    <div class={css.making}>
      <p aria-live="polite">{jobText(job)}</p>
      {job.status === "processing" && (
        <ProgressBar label={t("Processing")} percent={job.progress ? job.progress * 100 : null} />
      )}
      {failed && <Retry video={video} onRetried={onRetried} />}
    </div>
  );
}

/** The same below a video that can already be watched; empty when everything is done. */
export function MakingBeside({
  video,
  job,
  onRetried,
}: { job: JobOut | null } & Omit<Props, "job">) {
  if (!job || video.status !== "completed") return null;
  const works = isOpen(job) || job.status === "failed";
  if (!works && !job.shortened && job.left_out.length === 0) return null;
  return (
    <section class={css.beside} aria-label={t("Processing")}>
      <p class={css.title}>{titleOf(job)}</p>
      {job.shortened && <p>{translated(job.shortened)}</p>}
      <LeftOut tracks={job.left_out} />
      {works && <Making video={video} job={job} onRetried={onRetried} />}
    </section>
  );
}

function titleOf(job: JobOut): string {
  if (job.status === "failed")
    return t("Not all qualities could be made. You can watch it as it is.");
  if (isOpen(job) && job.interlaced)
    return t("You can watch it already. Qualities without combs in what moves are on their way.");
  return isOpen(job)
    ? t("You can watch it already. More qualities are on their way.")
    : job.shortened
      ? t("A part of this file is missing or damaged.")
      : t("Not all of this file can be played.");
}

/** The tracks of the file that could not be converted. */
function LeftOut({ tracks }: { tracks: JobOut["left_out"] }) {
  const named = (kind: "sound" | "subtitles") =>
    listed(tracks.filter((track) => track.kind === kind).map(trackText));
  const [sounds, subtitles] = [named("sound"), named("subtitles")];
  return (
    <>
      {sounds && <p>{t("Sound that was left out: {{tracks}}", { tracks: sounds })}</p>}
      {subtitles && <p>{t("Subtitles that cannot be shown: {{tracks}}", { tracks: subtitles })}</p>}
    </>
  );
}

/** "German (DVB)". */
function trackText({ track, codec, language }: JobOut["left_out"][number]): string {
  const [name, form] = [languageName(language), codecName(codec)];
  if (name && form) return `${name} (${form})`;
  return name || form || t("Track {{number}}", { number: track + 1 });
}

function Retry({ video, onRetried }: Omit<Props, "job">) {
  const busy = useSignal(false);
  const retry = async () => {
    busy.value = true;
    try {
      await library.retry(video.id);
      onRetried();
    } catch (error) {
      notify(failureText(error));
    } finally {
      busy.value = false;
    }
  };
  return (
    <Button busy={busy.value} onClick={retry}>
      {t("Retry")}
    </Button>
  );
}
