import { ListPlus } from "lucide-preact";
import { t } from "../../language/t";
import type { VideoOut } from "../../rest.gen";
import { IconButton } from "../../ui/IconButton";
import { addToRoom, currentRoom } from "../currentRoom";
import { canWatchTogether } from "./labels";
import css from "./QueueButton.module.css";

/** Adds a video to the queue of the current room; not shown without one. */
export function QueueButton({ video }: { video: VideoOut }) {
  const room = currentRoom();
  if (room === null || !canWatchTogether(video)) return null;
  return (
    <IconButton
      icon={ListPlus}
      label={t("Add “{{title}}” to “{{name}}”", { title: video.title, name: room.name })}
      class={css.button}
      onClick={() => void addToRoom(room, video.id)}
    />
  );
}
