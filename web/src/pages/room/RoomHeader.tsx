import {
  Bell,
  BellOff,
  Ellipsis,
  Film,
  Hourglass,
  Keyboard,
  LogOut,
  Settings,
  UserPlus,
} from "lucide-preact";
import { useState } from "preact/hooks";
import { t } from "../../language/t";
import { navigate } from "../../router";
import { Button } from "../../ui/Button";
import { Menu, type MenuItem } from "../../ui/Menu";
import { hasMouse } from "../../ui/pointer";
import { Sentence } from "../../ui/Sentence";
import { Brand } from "../Brand";
import { useRoom } from "./context";
import { FilmTitle } from "./filmTitle";
import css from "./RoomHeader.module.css";
import { SyncPill } from "./SyncPill";
import { hasSound, setSound } from "./sound";

export type RoomDialog = "invite" | "source" | "settings" | "sync" | "keys";

interface Props {
  onOpen: (dialog: RoomDialog) => void;
}

/** The header of the room: its name, the sync pill and the menu. */
export function RoomHeader({ onOpen }: Props) {
  const { session, details, names } = useRoom();
  const state = session.state.value;
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
  const roomName = session.room.value?.name ?? details.value?.name ?? t("Room");
  const [film] = useState(() => new FilmTitle());
  const title = state && film.of(state, session.playable.value?.title ?? null, details.value);
  const chooser = state?.chosen_by ?? null;
  const isMine = chooser === session.you.value?.id;
  const name = chooser !== null && !isMine ? names.known(chooser) : undefined;
  return (
    <header class={css.header}>
      <Brand compact />
      <div class={css.title}>
        <h1 class={css.name} dir="auto" tabIndex={-1}>
          {roomName}
        </h1>
        <p class={css.plays}>
          {/* A new room is named after its film, so do not show the same text twice. */}
          {title !== roomName && (
            <span class={css.film} dir="auto">
              {title ?? "\u00a0"}
            </span>
          )}
          {name !== undefined && (
            <span class={css.chooser}>
              <span class={css.words}>
                <Sentence text={t("chosen by {{name}}", { name })} names={[name]} />
              </span>
              <span class={css.nameAlone} dir="auto" aria-hidden="true">
                {name}
              </span>
            </span>
          )}
        </p>
      </div>
      <SyncPill onOpen={() => onOpen("sync")} />
      <Button
        kind="primary"
        class={css.invite}
        aria-label={t("Invite")}
        onClick={() => onOpen("invite")}
      >
        <UserPlus size={18} aria-hidden="true" />
        <span class={css.inviteText}>{t("Invite")}</span>
      </Button>
      <Menu label={t("More")} items={items.filter((item) => item !== false)}>
        <Ellipsis size={20} aria-hidden="true" />
      </Menu>
    </header>
  );
}
