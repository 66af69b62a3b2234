import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import type { OverReason } from "../../session/types";
import { Button } from "../../ui/Button";
import { LinkButton } from "../../ui/LinkButton";
import css from "../Form.module.css";
import { Page } from "../Page";
import { useRoom } from "./context";
import { focusOnHeading } from "./focusOnHeading";

interface Ending {
  title: string;
  text: string;
  /** What the visitor can do now, besides going home. */
  way: "new-room" | "reload" | "back" | "home";
}

const ENDINGS: Record<OverReason | "rejected", Ending> = {
  deleted: {
    title: t("This room has ended"),
    // By its host or an operator.
    text: t("It was ended for everyone, and its chat is deleted."),
    way: "new-room",
  },
  expired: {
    title: t("This room has ended"),
    text: t("Rooms end some time after everyone has left."),
    way: "new-room",
  },
  kicked: {
    title: t("You were kicked from this room"),
    text: t("Ask the host if you think this was a mistake."),
    way: "back",
  },
  banned: {
    title: t("You can’t join this room"),
    text: t("The host banned you."),
    way: "home",
  },
  rejected: {
    title: t("You were not let in"),
    text: t("The host declined your request."),
    way: "home",
  },
  forbidden: {
    title: t("You can’t join this room"),
    text: t("You don’t have access. Ask the host for an invitation."),
    way: "home",
  },
  "not-found": {
    title: t("Room not found"),
    text: t("The link may be incomplete, or the room no longer exists."),
    way: "new-room",
  },
  "too-many": {
    title: t("You have this room open in too many tabs"),
    text: t("Close some of those tabs or windows, then reload this one."),
    way: "reload",
  },
  protocol: {
    title: t("This page is out of date"),
    text: t("The server was updated since you opened it. Reload to continue."),
    way: "reload",
  },
};

/** Says that the room, or the visitor's time in it, is over, and what to do now. */
export function RoomOver({ reason }: { reason: OverReason | "rejected" }) {
  const { details, session } = useRoom();
  const { title, text, way } = ENDINGS[reason];
  const name = session.room.value?.name ?? details.value?.name;
  // The focused element may have disappeared before this code was loaded.
  useEffect(focusOnHeading, []);
  return (
    <Page title={title} width="narrow">
      <div>
        {name && (
          <p class={css.muted} dir="auto">
            {name}
          </p>
        )}
        <h1 tabIndex={-1}>{title}</h1>
      </div>
      <p class={css.muted}>{text}</p>
      <div class={css.ways}>
        {way === "new-room" && (
          <LinkButton href="/" kind="primary">
            {t("Start a new room")}
          </LinkButton>
        )}
        {way === "back" && <Button onClick={() => location.reload()}>{t("Join again")}</Button>}
        {(way === "home" || way === "back") && <LinkButton href="/">{t("Go home")}</LinkButton>}
        {way === "reload" && (
          <Button kind="primary" onClick={() => location.reload()}>
            {t("Reload")}
          </Button>
        )}
      </div>
    </Page>
  );
}
