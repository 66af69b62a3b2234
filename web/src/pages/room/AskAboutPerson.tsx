import { t } from "../../language/t";
import { Confirm } from "../../ui/Confirm";
import { useRoom } from "./context";
import type { Subject } from "./moderation";

/** Actions that need confirmation. */
export type RiskyAction = "transfer" | "kick" | "ban";

const QUESTIONS = {
  transfer: {
    title: (name: string) => t("Make {{name}} the host?", { name }),
    text: (name: string) =>
      t("{{name}} becomes the host and controls the room. You stay as a viewer.", { name }),
    action: t("Make host"),
  },
  kick: {
    title: (name: string) => t("Kick {{name}} from the room?", { name }),
    text: (name: string) => t("{{name}} leaves now, but can come back with the link.", { name }),
    action: t("Kick"),
  },
  ban: {
    title: (name: string) => t("Ban {{name}} from the room?", { name }),
    text: (name: string) =>
      t("{{name}} leaves now and can’t come back. You can lift the ban in the settings.", { name }),
    action: t("Ban"),
  },
};

interface Props {
  risky: RiskyAction;
  who: Subject;
  onClose: () => void;
}

/** Asks for confirmation before making someone host, or removing them. */
export function AskAboutPerson({ risky, who, onClose }: Props) {
  const { session } = useRoom();
  const { title, text, action } = QUESTIONS[risky];
  const isKept = risky === "transfer" && session.room.value?.kept;
  const ofKept = t(
    "The room is kept. It stays so only if {{name}} has an account and keeps fewer than 20 rooms.",
    { name: who.name },
  );
  return (
    <Confirm
      title={title(who.name)}
      text={isKept ? `${text(who.name)} ${ofKept}` : text(who.name)}
      action={action}
      danger={risky !== "transfer"}
      onClose={onClose}
      onConfirm={() => {
        session[risky](who.id);
        onClose();
      }}
    />
  );
}
