import { useSignal } from "@preact/signals";
import { Pencil } from "lucide-preact";
import { ApiError } from "../../net/errors";
import { library, type Video } from "../../net/library";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { TextField } from "../../ui/TextField";
import formCss from "../Form.module.css";
import { failureText, fieldText } from "../failure";
import css from "./VideoTitle.module.css";

interface Props {
  video: Video;
  onRenamed: (video: Video) => void;
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
  const title = useSignal(video.title);
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!title.value.trim()) {
      error.value = "Write a title.";
      return;
    }
    busy.value = true;
    try {
      onRenamed(await library.renameVideo(video.id, title.value.trim()));
      onClose();
    } catch (failure) {
      const why = failure instanceof ApiError ? failure.fields.title : undefined;
      error.value = fieldText("The title", why) ?? failureText(failure);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title="Rename" onClose={onClose}>
      <form class={formCss.form} onSubmit={submit} noValidate>
        <TextField
          label="Title"
          value={title.value}
          error={error.value}
          maxLength={TITLE_LENGTH}
          data-focus
          onFocus={(event) => event.currentTarget.select()}
          onText={(text) => {
            title.value = text;
            error.value = "";
          }}
        />
        <Button kind="primary" type="submit" busy={busy.value} wide>
          Save
        </Button>
      </form>
    </Dialog>
  );
}
