import type { OverReason } from "../../session/types";
import { Button } from "../../ui/Button";
import { LinkButton } from "../../ui/LinkButton";
import css from "../Form.module.css";
import { Page } from "../Page";
import { useRoom } from "./context";

interface Ending {
  title: string;
  text: string;
  /** What one can do now, beside going home. */
  way: "new-room" | "reload" | "home";
}

const ENDINGS: Record<OverReason | "rejected", Ending> = {
  deleted: {
    title: "This room is over",
    text: "Its host closed it.",
    way: "new-room",
  },
  expired: {
    title: "This room is over",
    text: "Rooms close some time after the last person has left.",
    way: "new-room",
  },
  kicked: {
    title: "You were removed from this room",
    text: "The host took you out. Talk to them if you think it was a mistake.",
    way: "home",
  },
  banned: {
    title: "You can’t enter this room",
    text: "The host has banned you from it.",
    way: "home",
  },
  rejected: {
    title: "You were not let in",
    text: "The host has turned down your request.",
    way: "home",
  },
  forbidden: {
    title: "You can’t enter this room",
    text: "It is not open to you. Ask the host for an invitation.",
    way: "home",
  },
  "not-found": {
    title: "There is no such room",
    text: "The link may have been cut short on its way to you, or the room is gone.",
    way: "new-room",
  },
  "too-many": {
    title: "You have this room open too often",
    text: "It is open in many of your tabs or windows. Close some of them, then reload this one.",
    way: "reload",
  },
  protocol: {
    title: "This page is out of date",
    text: "The server has been renewed since you opened it. Reload to go on.",
    way: "reload",
  },
};

/** The end of a room, or of the visitor's time in it, and what to do now. */
export function RoomOver({ reason }: { reason: OverReason | "rejected" }) {
  const { details, session } = useRoom();
  const { title, text, way } = ENDINGS[reason];
  const name = session.room.value?.name ?? details.value?.name;
  return (
    <Page title={title} width="narrow">
      <div>
        {name && <p class={css.muted}>{name}</p>}
        <h1 tabIndex={-1}>{title}</h1>
      </div>
      <p class={css.muted}>{text}</p>
      <div>
        {way === "new-room" && (
          <LinkButton href="/" kind="primary">
            Start a new one
          </LinkButton>
        )}
        {way === "home" && <LinkButton href="/">Go home</LinkButton>}
        {way === "reload" && (
          <Button kind="primary" onClick={() => location.reload()}>
            Reload
          </Button>
        )}
      </div>
    </Page>
  );
}
