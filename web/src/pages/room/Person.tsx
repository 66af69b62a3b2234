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
        {member.id === you?.id && <span class={css.you}> (you)</span>}
      </span>
      {away && <Mark icon={MoonStar} text="Away" />}
      {member.buffering && (
        <span class={css.mark} title="Loading">
          <Spinner />
          <span class="visually-hidden">Loading</span>
        </span>
      )}
      {member.muted && <Mark icon={MessageCircleOff} text="Muted in chat" />}
      {member.role === "host" && <Mark icon={Crown} text="Host" accent />}
      {member.role === "cohost" && <Mark icon={Shield} text="Co-host" accent />}
      {mayAct && (
        <Menu
          label={`Actions for ${member.name}`}
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
      label: cohost ? "Remove co-host" : "Make co-host",
      icon: cohost ? ShieldOff : Shield,
      onSelect: () => session.cohost(id, !cohost),
    },
    { label: "Make host", icon: KeyRound, onSelect: () => ask("transfer") },
    {
      label: muted ? "Unmute in chat" : "Mute in chat",
      icon: muted ? MessageCircle : MessageCircleOff,
      onSelect: () => session.mute(id, !muted),
    },
    { label: "Kick", icon: UserMinus, danger: true, onSelect: () => ask("kick") },
    { label: "Ban", icon: Ban, danger: true, onSelect: () => ask("ban") },
  ];
}

const QUESTIONS = {
  transfer: {
    title: "Make this person the host?",
    text: (name: string) => `${name} becomes the host and controls the room. You stay as a viewer.`,
    action: "Make host",
  },
  kick: {
    title: "Kick from the room?",
    text: (name: string) => `${name} leaves now, but can come back with the link.`,
    action: "Kick",
  },
  ban: {
    title: "Ban from the room?",
    text: (name: string) =>
      `${name} leaves now and can’t come back. You can lift the ban in the settings.`,
    action: "Ban",
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
