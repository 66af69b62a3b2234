import { FileVideo, Upload, X } from "lucide-preact";
import { useCallback, useRef } from "preact/hooks";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { IconButton } from "../ui/IconButton";
import { TextField } from "../ui/TextField";
import { useFileDrop } from "../ui/useFileDrop";
import type { ChosenVideo, Progress } from "./chosenVideo";
import css from "./VideoField.module.css";

interface Props {
  video: ChosenVideo;
  label: string;
}

/** The one field: paste a link, or drop or choose a video file. */
export function VideoField({ video, label }: Props) {
  const picker = useRef<HTMLInputElement>(null);
  const file = video.file.value;
  const choose = (files: FileList | null | undefined) => {
    const first = files?.[0];
    if (first) video.take(first);
  };
  const hovering = useFileDrop(useCallback((dropped) => video.take(dropped), [video]));
  if (file) return <ChosenFile video={video} file={file} />;
  return (
    <div class={classes(css.field, hovering.value && css.hovering)}>
      <div class={css.grow}>
        <TextField
          label={label}
          hideLabel
          placeholder={label}
          error={video.error.value}
          value={video.link.value}
          inputMode="url"
          enterkeyhint="go"
          data-focus
          onText={(text) => {
            video.link.value = text;
            video.error.value = "";
          }}
        />
      </div>
      <Button class={css.choose} onClick={() => picker.current?.click()}>
        <Upload size={18} aria-hidden="true" />
        <span class={css.chooseText}>Choose a file</span>
      </Button>
      <input
        ref={picker}
        type="file"
        accept="video/*"
        hidden
        aria-label="Video file"
        onChange={(event) => choose(event.currentTarget.files)}
      />
    </div>
  );
}

/** The file in the field's place, and how much of it is sent. */
function ChosenFile({ video, file }: { video: ChosenVideo; file: File }) {
  const progress = video.progress.value;
  const drop = () => {
    video.file.value = null;
    video.error.value = "";
  };
  return (
    <div class={css.chosen}>
      <FileVideo size={20} aria-hidden="true" />
      <div class={css.about}>
        <p class={css.name}>{file.name}</p>
        {progress ? <Sending progress={progress} /> : <p class={css.size}>{bytes(file.size)}</p>}
        {video.error.value && (
          <p class={css.error} role="alert">
            {video.error.value}
          </p>
        )}
      </div>
      {progress ? (
        <Button kind="quiet" onClick={() => video.cancel()}>
          Cancel
        </Button>
      ) : (
        <IconButton icon={X} label="Take another" onClick={drop} />
      )}
    </div>
  );
}

function Sending({ progress }: { progress: Progress }) {
  const { sentBytes, totalBytes } = progress;
  const percent = totalBytes ? Math.floor((sentBytes / totalBytes) * 100) : 0;
  const text = percent < 100 ? `${bytes(sentBytes)} of ${bytes(totalBytes)}` : "Checking the file…";
  return (
    <>
      <progress class={css.progress} max={100} value={percent} aria-label="Upload" />
      <p class={css.size}>{text}</p>
    </>
  );
}

/** 1536000 → "1.5 MB". */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), units.length - 1);
  const value = size / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
