import { useSignal } from "@preact/signals";
import {
  Ban,
  Crown,
  Ellipsis,
  KeyRound,
  type LucideIcon,
  MessageCircle,
  MessageCircleOff,
  MoonStar,
  Shield,
  ShieldOff,
  UserMinus,
} from "lucide-preact";
import { t } from "../../language/t";
import type { Member } from "../../protocol.gen";
import type { RoomSession } from "../../session/types";
import { Avatar } from "../../ui/Avatar";
import { Confirm } from "../../ui/Confirm";
import { Menu, type MenuItem } from "../../ui/Menu";
import { Spinner } from "../../ui/Spinner";
import { useRoom } from "./context";
import css from "./Person.module.css";

/** Actions that ask for confirmation first. */
type RiskyAction = "transfer" | "kick" | "ban";

/** One person in the list, with the host's menu. */
export function Person({ member, away = false }: { member: Member; away?: boolean }) {
  const { session } = useRoom();
  const asked = useSignal<RiskyAction | null>(null);
  const you = session.you.value;
  const mayAct = you?.role === "host" && member.id !== you.id && !away;
  return (
    <li class={css.person}>
      <Avatar name={member.name} id={member.id} />
      <span class={css.who}>
        <span class={css.name} dir="auto">
          {member.name}
        </span>
        {member.id === you?.id && <span class={css.you}> {t("(you)")}</span>}
      </span>
      {away && <Mark icon={MoonStar} text={t("Away")} />}
      {member.buffering && (
        <span class={css.mark} title={t("Loading")}>
          <Spinner />
          <span class="visually-hidden">{t("Loading")}</span>
        </span>
      )}
      {member.muted && <Mark icon={MessageCircleOff} text={t("Muted in chat")} />}
      {member.role === "host" && <Mark icon={Crown} text={t("Host")} accent />}
      {member.role === "cohost" && <Mark icon={Shield} text={t("Co-host")} accent />}
      {mayAct && (
        <Menu
          label={t("Actions for {{name}}", { name: member.name })}
          items={actions(session, member, (risky) => {
            asked.value = risky;
          })}
        >
          <Ellipsis size={18} aria-hidden="true" />
        </Menu>
      )}
      {asked.value && (
        <Ask
          risky={asked.value}
          member={member}
          onClose={() => {
            asked.value = null;
          }}
        />
      )}
    </li>
  );
}

function Mark({ icon: Icon, text, accent }: { icon: LucideIcon; text: string; accent?: boolean }) {
  return (
    <span class={accent ? css.accent : css.mark} title={text}>
      <Icon size={16} aria-hidden="true" />
      <span class="visually-hidden">{text}</span>
    </span>
  );
}

function actions(
  session: RoomSession,
  member: Member,
  ask: (risky: RiskyAction) => void,
): readonly MenuItem[] {
  const { id, muted } = member;
  const cohost = member.role === "cohost";
  return [
    {
      label: cohost ? t("Remove co-host") : t("Make co-host"),
      icon: cohost ? ShieldOff : Shield,
      onSelect: () => session.cohost(id, !cohost),
    },
    { label: t("Make host"), icon: KeyRound, onSelect: () => ask("transfer") },
    {
      label: muted ? t("Unmute in chat") : t("Mute in chat"),
      icon: muted ? MessageCircle : MessageCircleOff,
      onSelect: () => session.mute(id, !muted),
    },
    { label: t("Kick"), icon: UserMinus, danger: true, onSelect: () => ask("kick") },
    { label: t("Ban"), icon: Ban, danger: true, onSelect: () => ask("ban") },
  ];
}

const QUESTIONS = {
  transfer: {
    title: t("Make this person the host?"),
    text: (name: string) =>
      t("{{name}} becomes the host and controls the room. You stay as a viewer.", { name }),
    action: t("Make host"),
  },
  kick: {
    title: t("Kick from the room?"),
    text: (name: string) => t("{{name}} leaves now, but can come back with the link.", { name }),
    action: t("Kick"),
  },
  ban: {
    title: t("Ban from the room?"),
    text: (name: string) =>
      t("{{name}} leaves now and can’t come back. You can lift the ban in the settings.", { name }),
    action: t("Ban"),
  },
};

function Ask({
  risky,
  member,
  onClose,
}: {
  risky: RiskyAction;
  member: Member;
  onClose: () => void;
}) {
  const { session } = useRoom();
  const { title, text, action } = QUESTIONS[risky];
  return (
    <Confirm
      title={title}
      text={text(member.name)}
      action={action}
      danger={risky !== "transfer"}
      onClose={onClose}
      onConfirm={() => {
        session[risky](member.id);
        onClose();
      }}
    />
  );
}
