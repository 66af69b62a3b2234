import {
  Bell,
  BellOff,
  Ellipsis,
  Film,
  Hourglass,
  Keyboard,
  LogOut,
  Settings,
} from "lucide-preact";
import { t } from "../../language/t";
import { navigate } from "../../router";
import { Menu, type MenuItem } from "../../ui/Menu";
import { hasMouse } from "../../ui/pointer";
import { useRoom } from "./context";
import { hasSound, setSound } from "./sound";

export type RoomDialog = "invite" | "source" | "settings" | "sync" | "keys";

/** What is rarely done in a room. */
export function RoomMenu({ onOpen }: { onOpen: (dialog: RoomDialog) => void }) {
  const { session } = useRoom();
  const isHost = session.you.value?.role === "host";
  const items: (MenuItem | false)[] = [
    session.canControl.value && {
      label: t("Change video"),
      icon: Film,
      onSelect: () => onOpen("source"),
    },
    isHost && { label: t("Room settings"), icon: Settings, onSelect: () => onOpen("settings") },
    session.room.value !== null &&
      session.room.value.wait !== "off" && {
        label: session.waitsForMe.value ? t("Don’t wait for me") : t("Wait for me again"),
        icon: Hourglass,
        onSelect: () => session.waitForMe(!session.waitsForMe.value),
      },
    hasMouse.matches && {
      label: t("Keyboard shortcuts"),
      icon: Keyboard,
      onSelect: () => onOpen("keys"),
    },
    {
      label: hasSound.value ? t("Turn off message sound") : t("Turn on message sound"),
      icon: hasSound.value ? BellOff : Bell,
      onSelect: () => setSound(!hasSound.value),
    },
    { label: t("Leave room"), icon: LogOut, onSelect: () => navigate("/") },
  ];
  return (
    <Menu label={t("More")} items={items.filter((item) => item !== false)}>
      <Ellipsis size={20} aria-hidden="true" />
    </Menu>
  );
}
