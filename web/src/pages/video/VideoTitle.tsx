import { useSignal } from "@preact/signals";
import { Pencil } from "lucide-preact";
import { t } from "../../language/t";
import { library } from "../../net/library";
import type { VideoDetails, VideoOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { TextField } from "../../ui/TextField";
import formCss from "../Form.module.css";
import { useOneField } from "../useOneField";
import css from "./VideoTitle.module.css";

interface Props {
  video: VideoOut;
  onRenamed: (video: VideoDetails) => void;
}

const TITLE_LENGTH = 200;

export function VideoTitle({ video, onRenamed }: Props) {
  const renaming = useSignal(false);
  const close = () => {
    renaming.value = false;
  };
  return (
    <div class={css.line}>
      <h1 tabIndex={-1}>{video.title}</h1>
      <IconButton
        icon={Pencil}
        label={t("Rename")}
        onClick={() => {
          renaming.value = true;
        }}
      />
      {renaming.value && <RenameDialog video={video} onRenamed={onRenamed} onClose={close} />}
    </div>
  );
}

function RenameDialog({ video, onRenamed, onClose }: Props & { onClose: () => void }) {
  const { field, busy, submit } = useOneField({
    value: video.title,
    empty: t("Enter a title."),
    label: t("The title"),
    name: "title",
    send: async (title) => {
      onRenamed(await library.renameVideo(video.id, title));
      onClose();
    },
  });
  return (
    <Dialog title={t("Rename")} onClose={onClose}>
      <form class={formCss.form} onSubmit={submit} noValidate>
        <TextField
          label={t("Title")}
          maxLength={TITLE_LENGTH}
          data-focus
          onFocus={(event) => event.currentTarget.select()}
          {...field}
        />
        <Button kind="primary" type="submit" busy={busy.value} wide>
          {t("Save")}
        </Button>
      </form>
    </Dialog>
  );
}
