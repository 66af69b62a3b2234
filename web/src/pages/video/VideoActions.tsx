import { useSignal } from "@preact/signals";
import { Download, ListPlus, Trash2, Undo2, Users } from "lucide-preact";
import { t } from "../../language/t";
import { api } from "../../net/api";
import { library } from "../../net/library";
import { BASE } from "../../net/request";
import type { VideoOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Confirm";
import { LinkButton } from "../../ui/LinkButton";
import { notify } from "../../ui/notices";
import { addToRoom, currentRoom } from "../currentRoom";
import { failureText } from "../failure";
import { deletionText } from "../library/chosen";
import { canDownload, canWatchTogether } from "../library/labels";
import { enterNewRoom, newRoomName } from "../newRoom";
import { librarySource } from "../source";
import css from "./VideoActions.module.css";

interface Props {
  video: VideoOut;
  onDeleted: () => void;
}

/** The actions: watch together, download and, apart from them, delete. */
export function VideoActions({ video, onDeleted }: Props) {
  const deleting = useSignal(false);
  const close = () => {
    deleting.value = false;
  };
  return (
    <div class={css.actions}>
      {canWatchTogether(video) && <WatchTogether video={video} />}
      {canWatchTogether(video) && <AddToRoom video={video} />}
      {canDownload(video) && (
        <LinkButton href={`${BASE}/videos/${video.id}/stream?download=1`} download>
          <Download size={18} aria-hidden="true" />
          {t("Download")}
        </LinkButton>
      )}
      <StopSharing video={video} />
      <Button
        kind="quiet"
        class={css.delete}
        onClick={() => {
          deleting.value = true;
        }}
      >
        <Trash2 size={18} aria-hidden="true" />
        {t("Delete")}
      </Button>
      {deleting.value && <Delete video={video} onDeleted={onDeleted} onClose={close} />}
    </div>
  );
}

function WatchTogether({ video }: { video: VideoOut }) {
  const busy = useSignal(false);
  const open = async () => {
    busy.value = true;
    try {
      const source = librarySource(video.id);
      await enterNewRoom(await api.createRoom({ name: newRoomName(video.title), source }));
    } catch (error) {
      notify(failureText(error));
    } finally {
      busy.value = false;
    }
  };
  return (
    <Button kind="primary" busy={busy.value} onClick={open}>
      <Users size={18} aria-hidden="true" />
      {t("Watch together")}
    </Button>
  );
}

/** Only for who is in a room. */
function AddToRoom({ video }: { video: VideoOut }) {
  const busy = useSignal(false);
  const room = currentRoom();
  if (room === null) return null;
  const add = async () => {
    busy.value = true;
    await addToRoom(room, video.id);
    busy.value = false;
  };
  return (
    <Button
      busy={busy.value}
      title={t("To the queue of “{{name}}”", { name: room.name })}
      onClick={add}
    >
      <ListPlus size={18} aria-hidden="true" />
      {t("Add to your room")}
    </Button>
  );
}

function StopSharing({ video }: { video: VideoOut }) {
  const busy = useSignal(false);
  const stop = async () => {
    busy.value = true;
    try {
      await library.stopSharing(video.id);
      notify(t("Only you can watch it now. Rooms that played it have lost it."));
    } catch (error) {
      notify(failureText(error));
    } finally {
      busy.value = false;
    }
  };
  return (
    <Button kind="quiet" class={css.stop} busy={busy.value} onClick={stop}>
      <Undo2 size={18} aria-hidden="true" />
      {t("Stop sharing")}
    </Button>
  );
}

function Delete({ video, onDeleted, onClose }: Props & { onClose: () => void }) {
  const busy = useSignal(false);
  const remove = async () => {
    busy.value = true;
    try {
      await library.deleteVideo(video.id);
      onDeleted();
    } catch (error) {
      notify(failureText(error));
      busy.value = false;
    }
  };
  return (
    <Confirm
      title={t("Delete this video?")}
      text={deletionText([video])}
      action={t("Delete video")}
      danger
      busy={busy.value}
      onConfirm={remove}
      onClose={onClose}
    />
  );
}
