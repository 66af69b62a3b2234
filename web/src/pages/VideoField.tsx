import { FileVideo, X } from "lucide-preact";
import { useCallback } from "preact/hooks";
import { Button } from "../ui/Button";
import { bytes } from "../ui/bytes";
import { IconButton } from "../ui/IconButton";
import { useFileDrop } from "../ui/useFileDrop";
import type { ChosenVideo, Progress } from "./chosenVideo";
import { LinkOrFiles } from "./LinkOrFiles";
import css from "./VideoField.module.css";

interface Props {
  video: ChosenVideo;
  label: string;
}

/** The one field: paste a link, or drop or choose a video file. */
export function VideoField({ video, label }: Props) {
  const file = video.file.value;
  const take = ([first]: File[]) => {
    if (first) video.take(first);
  };
  const hovering = useFileDrop(useCallback(take, [video]));
  if (file) return <ChosenFile video={video} file={file} />;
  return (
    <LinkOrFiles
      label={label}
      link={video.link.value}
      error={video.error.value}
      hovering={hovering.value}
      onLink={(text) => {
        video.link.value = text;
        video.error.value = "";
      }}
      onFiles={take}
    />
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
