import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError, api } from "../../net/api";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { ChosenVideo, isCancelled } from "../chosenVideo";
import css from "../Form.module.css";
import { failureText } from "../failure";
import { VideoField } from "../VideoField";
import { useRoom } from "./context";

/** Changes the video for everyone. */
export function SourceDialog({ onClose }: { onClose: () => void }) {
  const { code, session } = useRoom();
  const [video] = useState(() => new ChosenVideo());
  const busy = useSignal(false);
  // Closing the dialog cancels an upload, because nothing would use it.
  useEffect(() => () => video.cancel(), [video]);
  const asks = useSignal(false);
  const close = () => {
    if (video.progress.value) asks.value = true;
    else onClose();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    try {
      const choice = await video.choice();
      if (Object.keys(choice).length === 0) {
        video.error.value = t("Paste a link, or choose a file.");
        return;
      }
      await api.changeSource(code, choice);
      session.play();
      onClose();
    } catch (error) {
      if (isCancelled(error)) return;
      if (!(error instanceof ApiError)) throw error;
      if (!video.blame(error)) video.error.value = failureText(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={t("What do you want to watch?")} onClose={close}>
      <form class={css.form} onSubmit={submit}>
        <VideoField video={video} label={t("Paste a link, or drop a video")} />
        <p class={css.muted}>{t("It starts for everyone in the room.")}</p>
        <Button kind="primary" type="submit" busy={busy.value} wide>
          {t("Play for everyone")}
        </Button>
      </form>
      {asks.value && video.progress.value && (
        <Confirm
          title={t("Stop the upload?")}
          text={t("The video has not been sent yet, and the room goes on with what plays now.")}
          action={t("Stop the upload")}
          danger
          onConfirm={onClose}
          onClose={() => {
            asks.value = false;
          }}
        />
      )}
    </Dialog>
  );
}
