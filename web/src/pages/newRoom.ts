import { t } from "../language/t";
import type { RoomOut } from "../rest.gen";
import { inviteLink, navigate, roomPath } from "../router";
import { tidyLine } from "../text";
import { copy } from "../ui/clipboard";
import { notify } from "../ui/notices";
import { me } from "./account";
import { ROOM_NAME_LENGTH } from "./RoomFields";

/** The default name of a room: that of its video, or one with its owner's name. */
export function newRoomName(title: string | null): string {
  const owner = me.value?.display_name;
  const ofOwner = owner ? t("{{name}}’s room", { name: owner }) : t("Movie night");
  return tidyLine(title ?? "", ROOM_NAME_LENGTH) || ofOwner;
}

/** Opens a new room, and copies its invite link to the clipboard. */
export async function enterNewRoom(room: RoomOut): Promise<void> {
  const copied = await copy(inviteLink(room.code));
  navigate(roomPath(room.code));
  notify(
    copied
      ? t("Your room is ready. The invite link is copied: send it to your friends.")
      : t("Your room is ready. Press Invite to send the link to your friends."),
  );
}
