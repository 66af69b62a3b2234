import { useSignal } from "@preact/signals";
import { Pencil } from "lucide-preact";
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
        label="Rename"
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
    empty: "Enter a title.",
    label: "The title",
    name: "title",
    send: async (title) => {
      onRenamed(await library.renameVideo(video.id, title));
      onClose();
    },
  });
  return (
    <Dialog title="Rename" onClose={onClose}>
      <form class={formCss.form} onSubmit={submit} noValidate>
        <TextField
          label="Title"
          maxLength={TITLE_LENGTH}
          data-focus
          onFocus={(event) => event.currentTarget.select()}
          {...field}
        />
        <Button kind="primary" type="submit" busy={busy.value} wide>
          Save
        </Button>
      </form>
    </Dialog>
  );
}
