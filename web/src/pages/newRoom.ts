import type { RoomOut } from "../rest.gen";
import { inviteLink, navigate, roomPath } from "../router";
import { copy } from "../ui/clipboard";
import { notify } from "../ui/notices";

/** Goes into a room just made, with its invite link on the clipboard. */
export async function enterNewRoom(room: RoomOut): Promise<void> {
  const copied = await copy(inviteLink(room.code));
  navigate(roomPath(room.code));
  notify(
    copied
      ? "Your room is open. The invite link is copied: send it to your friends."
      : "Your room is open. Press Invite to send the link to your friends.",
  );
}
