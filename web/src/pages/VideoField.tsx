import { useSignal } from "@preact/signals";
import { FileVideo, LibraryBig, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useCallback } from "preact/hooks";
import { t } from "../language/t";
import { Button } from "../ui/Button";
import { bytes } from "../ui/bytes";
import { IconButton } from "../ui/IconButton";
import { lazy } from "../ui/lazy";
import { notify } from "../ui/notices";
import { ProgressBar } from "../ui/ProgressBar";
import { useFileDrop } from "../ui/useFileDrop";
import { isKnown } from "./account";
import type { ChosenVideo, Progress } from "./chosenVideo";
import { LinkOrFiles } from "./LinkOrFiles";
import css from "./VideoField.module.css";

const Picker = lazy(async () => (await import("./library/Picker")).Picker);

interface Props {
  video: ChosenVideo;
  label: string;
}

/** Chooses a video: paste a link, drop or choose a file, or take one from the library. */
export function VideoField({ video, label }: Props) {
  const picking = useSignal(false);
  const take = ([first, ...others]: File[]) => {
    if (!first) return;
    video.take(first);
    if (others.length > 0 && video.file.value === first)
      notify(t("One video at a time. {{name}} was taken.", { name: first.name }));
  };
  const hovering = useFileDrop(useCallback(take, [video]));
  const { picked, file } = video;
  if (picked.value) return <PickedVideo video={video} title={picked.value.title} />;
  if (file.value) return <ChosenFile video={video} file={file.value} />;
  return (
    <>
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
      {isKnown.value && (
        <div>
          <Button
            kind="quiet"
            class={css.library}
            onClick={() => {
              picking.value = true;
            }}
          >
            <LibraryBig size={18} aria-hidden="true" />
            {t("Choose from your library")}
          </Button>
        </div>
      )}
      {picking.value && (
        <Picker
          onPick={(picked) => {
            picking.value = false;
            video.pick(picked);
          }}
          onClose={() => {
            picking.value = false;
          }}
        />
      )}
    </>
  );
}

interface ChosenProps {
  name: string;
  error: string;
  children?: ComponentChildren;
  /** The button that undoes the choice. */
  way: ComponentChildren;
}

/** The chosen video, shown instead of the field. */
function Chosen({ name, error, children, way }: ChosenProps) {
  return (
    <div class={css.chosen}>
      <FileVideo size={20} aria-hidden="true" />
      <div class={css.about}>
        <p class={css.name} dir="auto">
          {name}
        </p>
        {children}
        {error && (
          <p class={css.error} role="alert">
            {error}
          </p>
        )}
      </div>
      {way}
    </div>
  );
}

function PickedVideo({ video, title }: { video: ChosenVideo; title: string }) {
  const way = <IconButton icon={X} label={t("Choose another")} onClick={() => video.pick(null)} />;
  return (
    <Chosen name={title} error={video.error.value} way={way}>
      <p class={css.size}>{t("From your library")}</p>
    </Chosen>
  );
}

/** The chosen file and its upload progress. */
function ChosenFile({ video, file }: { video: ChosenVideo; file: File }) {
  const progress = video.progress.value;
  const drop = () => {
    video.file.value = null;
    video.error.value = "";
  };
  const way = progress ? (
    <Button kind="quiet" onClick={() => video.cancel()}>
      {t("Cancel")}
    </Button>
  ) : (
    <IconButton icon={X} label={t("Choose another")} onClick={drop} />
  );
  return (
    <Chosen name={file.name} error={video.error.value} way={way}>
      {progress ? <Sending progress={progress} /> : <p class={css.size}>{bytes(file.size)}</p>}
    </Chosen>
  );
}

function Sending({ progress }: { progress: Progress }) {
  const { sentBytes, totalBytes } = progress;
  const percent = totalBytes ? Math.floor((sentBytes / totalBytes) * 100) : 0;
  const text =
    percent < 100
      ? t("{{sent}} of {{total}}", { sent: bytes(sentBytes), total: bytes(totalBytes) })
      : t("Checking the file…");
  return (
    <>
      <ProgressBar label={t("Upload")} percent={percent} />
      <p class={css.size}>{text}</p>
    </>
  );
}
