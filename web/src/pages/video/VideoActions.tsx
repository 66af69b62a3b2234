import { useSignal } from "@preact/signals";
import { Download, ListPlus, Trash2, Undo2, Users } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { listed, t } from "../../language/t";
import { api } from "../../net/api";
import { library } from "../../net/library";
import { BASE } from "../../net/request";
import type { VideoDetails, VideoOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Confirm";
import { LinkButton } from "../../ui/LinkButton";
import { notify } from "../../ui/notices";
import { AskButton } from "../AskButton";
import { addToRoom, currentRoom } from "../currentRoom";
import { failureText } from "../failure";
import { deletionText } from "../library/chosen";
import { canDownload, canWatchTogether } from "../library/labels";
import { enterNewRoom, newRoomName } from "../newRoom";
import { librarySource } from "../source";
import css from "./VideoActions.module.css";

interface Props {
  video: VideoOut & Partial<VideoDetails>;
  onDeleted: () => void;
  /** Others can watch it now, or no longer. */
  onShared: (shared: boolean) => void;
}

/** The actions: watch together, download and, set apart, delete. */
export function VideoActions({ video, onDeleted, onShared }: Props) {
  const remove = async () => {
    await library.deleteVideo(video.id);
    onDeleted();
  };
  return (
    <div class={css.actions}>
      {canWatchTogether(video) && <WatchTogether video={video} />}
      {canWatchTogether(video) && <AddToRoom video={video} onAdded={() => onShared(true)} />}
      {canDownload(video) && (
        <LinkButton href={`${BASE}/videos/${video.id}/stream?download=1`} download>
          <Download size={18} aria-hidden="true" />
          {t("Download")}
        </LinkButton>
      )}
      {video.shared && <StopSharing video={video} onStopped={() => onShared(false)} />}
      <AskButton
        kind="quiet"
        class={css.delete}
        question={{
          title: t("Delete this video?"),
          text: deletionText([video]),
          action: t("Delete video"),
          danger: true,
        }}
        onConfirm={remove}
      >
        <Trash2 size={18} aria-hidden="true" />
        {t("Delete")}
      </AskButton>
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

/** Shown only to visitors who are in a room. */
function AddToRoom({ video, onAdded }: { video: VideoOut; onAdded: () => void }) {
  const busy = useSignal(false);
  const room = currentRoom();
  if (room === null) return null;
  const add = async () => {
    busy.value = true;
    if (await addToRoom(room, video.id)) onAdded();
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

/** Shown only if others can watch it. */
function StopSharing({ video, onStopped }: { video: VideoOut; onStopped: () => void }) {
  const asking = useSignal(false);
  const close = () => {
    asking.value = false;
  };
  return (
    <>
      <Button
        kind="quiet"
        class={css.stop}
        onClick={() => {
          asking.value = true;
        }}
      >
        <Undo2 size={18} aria-hidden="true" />
        {t("Stop sharing")}
      </Button>
      {asking.value && <ReallyStop video={video} onStopped={onStopped} onClose={close} />}
    </>
  );
}

/** How many rooms are listed by name. */
const MOST_NAMED = 3;

interface ReallyProps {
  video: VideoOut;
  onStopped: () => void;
  onClose: () => void;
}

/** Names the visitor's rooms that use the video. Other people's rooms may use it too. */
function ReallyStop({ video, onStopped, onClose }: ReallyProps) {
  const rooms = useSignal<readonly string[]>([]);
  const busy = useSignal(false);
  useEffect(() => {
    api.ownRooms().then(
      (found) => {
        const theirs = found.filter(({ source }) => source?.external_id === video.id);
        rooms.value = theirs.map(({ name }) => t("“{{name}}”", { name }));
      },
      // Ignore the failure: the list of rooms is only a hint.
      () => {},
    );
  }, [video.id]);
  const stop = async () => {
    busy.value = true;
    try {
      await library.stopSharing(video.id);
      notify(t("Only you can watch it now. Rooms that played it have lost it."));
      onClose();
      onStopped();
    } catch (error) {
      notify(failureText(error));
      busy.value = false;
    }
  };
  const all = t(
    "Only you can watch it then. It is taken out of every room that plays it, and out of queues.",
  );
  return (
    <Confirm
      title={t("Stop sharing this video?")}
      text={`${all} ${chosenIn(rooms.value)}`.trim()}
      action={t("Stop sharing")}
      danger
      busy={busy.value}
      onConfirm={stop}
      onClose={onClose}
    />
  );
}

function chosenIn(rooms: readonly string[]): string {
  if (rooms.length === 0) return "";
  const count = rooms.length - MOST_NAMED;
  if (count <= 0) return t("It is chosen in {{rooms}}.", { rooms: listed(rooms) });
  const some = rooms.slice(0, MOST_NAMED).join(", ");
  return t("It is chosen in {{rooms}} and {{count}} more rooms.", { rooms: some, count });
}
