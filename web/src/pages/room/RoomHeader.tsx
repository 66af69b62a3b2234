import { UserPlus } from "lucide-preact";
import { useState } from "preact/hooks";
import { t } from "../../language/t";
import { Button } from "../../ui/Button";
import { Sentence } from "../../ui/Sentence";
import { Brand } from "../Brand";
import { useRoom } from "./context";
import { FilmTitle } from "./filmTitle";
import { RoomMenu } from "./lazyParts";
import css from "./RoomHeader.module.css";
import type { RoomDialog } from "./RoomMenu";
import { SyncPill } from "./SyncPill";

interface Props {
  onOpen: (dialog: RoomDialog) => void;
}

/** The header of the room: its name, the sync pill and the menu. */
export function RoomHeader({ onOpen }: Props) {
  const { session, details, names } = useRoom();
  const state = session.state.value;
  const roomName = session.room.value?.name ?? details.value?.name ?? t("Room");
  const [film] = useState(() => new FilmTitle());
  const title = state && film.of(state, session.playable.value?.title ?? null, details.value);
  const chooser = (state?.source && state.chosen_by) ?? null;
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
      <div class={css.menu}>
        <RoomMenu onOpen={onOpen} />
      </div>
    </header>
  );
}
