import { Pause, Play, RotateCw, X } from "lucide-preact";
import { useRef } from "preact/hooks";
import { t } from "../../language/t";
import { videoPath } from "../../router";
import { Button } from "../../ui/Button";
import { bytes } from "../../ui/bytes";
import { IconButton } from "../../ui/IconButton";
import { ProgressBar } from "../../ui/ProgressBar";
import { roughTime } from "../../ui/roughTime";
import { allows } from "../../uploads/phases";
import type { Row, UploadQueue } from "../../uploads/queue";
import { VIDEO_FILES } from "../../uploads/titles";
import { failureText, fieldText } from "../failure";
import { findLost } from "./findLost";
import css from "./UploadRow.module.css";

interface Props {
  row: Row;
  queue: UploadQueue;
}

/** One upload: its progress, and its actions. */
export function UploadRow({ row, queue }: Props) {
  const { id, name, phase } = row;
  return (
    <li class={css.row}>
      <div class={css.about}>
        <p class={css.name} dir="auto" title={name}>
          {name}
        </p>
        <Progress row={row} />
        <p class={phase === "failed" ? css.error : css.facts}>{factsOf(row)}</p>
      </div>
      {allows(phase, "find") && <FindFile row={row} />}
      {phase === "done" && row.videoId && (
        <a class={css.open} href={videoPath(row.videoId)}>
          {t("Open")}
          <span class="visually-hidden"> {name}</span>
        </a>
      )}
      <PauseButton row={row} queue={queue} />
      {allows(phase, "retry") && row.error?.retriable && (
        <IconButton
          icon={RotateCw}
          label={t("Retry {{name}}", { name })}
          onClick={() => queue.retry(id)}
        />
      )}
      {allows(phase, "cancel") && (
        <IconButton
          icon={X}
          label={
            phase === "failed"
              ? t("Remove {{name}} from the list", { name })
              : t("Cancel {{name}}", { name })
          }
          onClick={() => queue.cancel(id)}
        />
      )}
      {phase === "done" && (
        <IconButton
          icon={X}
          label={t("Dismiss {{name}}", { name })}
          onClick={() => queue.dismiss(id)}
        />
      )}
    </li>
  );
}

/** One button for both, so that it keeps the focus. */
function PauseButton({ row: { id, name, phase, pausable }, queue }: Props) {
  if (allows(phase, "resume"))
    return (
      <IconButton
        icon={Play}
        label={t("Resume {{name}}", { name })}
        onClick={() => queue.resume(id)}
      />
    );
  if (!pausable || !allows(phase, "pause")) return null;
  return (
    <IconButton
      icon={Pause}
      label={t("Pause {{name}}", { name })}
      onClick={() => queue.pause(id)}
    />
  );
}

function Progress({ row: { phase, name, sentBytes, totalBytes } }: { row: Row }) {
  if (phase === "done" || phase === "failed") return null;
  // The progress of a copy by the server is not known, so the bar is animated.
  const moving = totalBytes === null && phase !== "queued";
  const percent = totalBytes ? Math.floor((sentBytes / totalBytes) * 100) : 0;
  return <ProgressBar label={name} percent={moving ? null : percent} />;
}

function factsOf(row: Row): string {
  const { phase, sentBytes, totalBytes, bytesPerS, error } = row;
  if (totalBytes === null) return phase === "sending" ? t("The server is copying it") : textOf(row);
  const percent = totalBytes ? Math.floor((sentBytes / totalBytes) * 100) : 0;
  const part = t("{{percent}} % of {{bytes}}", { percent, bytes: bytes(totalBytes) });
  switch (phase) {
    case "sending":
      if (!bytesPerS) return part;
      return t("{{part}} · {{bytes}}/s · {{left}} left", {
        part,
        bytes: bytes(bytesPerS),
        left: roughTime((totalBytes - sentBytes) / bytesPerS),
      });
    case "waiting":
      return error?.status === 0
        ? t("{{part}} · connection lost, it will resume by itself", { part })
        : t("{{part}} · the server is busy, it will resume by itself", { part });
    case "paused":
      return t("{{part}} · paused", { part });
    case "lost":
      return t("{{part}} uploaded · choose the file to continue", { part });
    case "failed":
      return failureOf(row);
    default:
      return textOf(row);
  }
}

/** Prefers the server's message about the file or link to its general message. */
function failureOf({ error }: Pick<Row, "error">): string {
  if (!error) return t("The upload failed.");
  const { file, url } = error.fields;
  const field = fieldText(t("The link"), url) ?? fieldText(t("The file"), file);
  if (!field) return failureText(error);
  // For this error, only the general message says what to do.
  return error.code === "incomplete" ? `${failureText(error)} ${field}` : field;
}

function textOf(row: Row): string {
  const { phase } = row;
  if (phase === "failed") return failureOf(row);
  if (phase === "checking") return t("Uploaded. The server is checking it.");
  if (phase === "done") return t("In your library");
  return t("Waiting");
}

/** After a reload the page has no file any more, so the user has to choose it again. */
function FindFile({ row }: { row: Row }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button onClick={() => picker.current?.click()}>{t("Choose")}</Button>
      <input
        ref={picker}
        type="file"
        accept={VIDEO_FILES}
        hidden
        aria-label={t("The file of {{name}}", { name: row.name })}
        onChange={(event) => {
          const { currentTarget: input } = event;
          const file = input.files?.[0];
          input.value = "";
          if (file) findLost(row, file);
        }}
      />
    </>
  );
}
