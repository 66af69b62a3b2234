import { t } from "../language/t";
import type { RoomOut } from "../rest.gen";
import { inviteLink, navigate, roomPath } from "../router";
import { copy } from "../ui/clipboard";
import { notify } from "../ui/notices";

/** Opens a new room, with its invite link on the clipboard. */
export async function enterNewRoom(room: RoomOut): Promise<void> {
  const copied = await copy(inviteLink(room.code));
  navigate(roomPath(room.code));
  notify(
    copied
      ? t("Your room is ready. The invite link is copied: send it to your friends.")
      : t("Your room is ready. Press Invite to send the link to your friends."),
  );
}
