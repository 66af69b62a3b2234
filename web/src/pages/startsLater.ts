import { t } from "../language/t";
import type { RoomOut } from "../rest.gen";
import { longDateTime } from "../ui/time";

/** "Starts 5 December 2026 at 20:00"; null if it has begun, or has no set time. */
export function startsLater(room: RoomOut | null): string | null {
  if (!room?.starts_at || room.playing || Date.parse(room.starts_at) <= Date.now()) return null;
  return `${t("Starts")} ${longDateTime(room.starts_at)}`;
}
