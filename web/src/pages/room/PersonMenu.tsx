import { useSignal } from "@preact/signals";
import {
  Ban,
  Ellipsis,
  KeyRound,
  MessageCircle,
  MessageCircleOff,
  Shield,
  ShieldOff,
  UserMinus,
} from "lucide-preact";
import { t } from "../../language/t";
import type { RoomSession } from "../../session/types";
import { lazyOver } from "../../ui/lazy";
import { Menu, type MenuItem } from "../../ui/Menu";
import type { RiskyAction } from "./AskAboutPerson";
import { useRoom } from "./context";
import type { Action, Subject } from "./moderation";

const AskAboutPerson = lazyOver(async () => (await import("./AskAboutPerson")).AskAboutPerson);

interface Props {
  who: Subject;
  actions: readonly Action[];
  class?: string | undefined;
  tabIndex?: number;
}

/** A menu of moderation actions for a person; not shown if there are none. */
export function PersonMenu({ who, actions, class: className, tabIndex = 0 }: Props) {
  const { session } = useRoom();
  const asked = useSignal<RiskyAction | null>(null);
  if (actions.length === 0) return null;
  const ask = (risky: RiskyAction) => {
    asked.value = risky;
  };
  return (
    <>
      <Menu
        label={t("Actions for {{name}}", { name: who.name })}
        class={className}
        tabIndex={tabIndex}
        items={actions.flatMap((action) => itemsOf(action, session, who, ask))}
      >
        <Ellipsis size={18} aria-hidden="true" />
      </Menu>
      {asked.value && (
        <AskAboutPerson
          risky={asked.value}
          who={who}
          onClose={() => {
            asked.value = null;
          }}
        />
      )}
    </>
  );
}

function itemsOf(
  action: Action,
  session: RoomSession,
  { id, role, muted }: Subject,
  ask: (risky: RiskyAction) => void,
): MenuItem[] {
  switch (action) {
    case "cohost": {
      const is = role === "cohost";
      const label = is ? t("Remove co-host") : t("Make co-host");
      return [{ label, icon: is ? ShieldOff : Shield, onSelect: () => session.cohost(id, !is) }];
    }
    case "transfer":
      return [{ label: t("Make host"), icon: KeyRound, onSelect: () => ask("transfer") }];
    case "mute":
      return [
        ...(muted !== true
          ? [
              {
                label: t("Mute in chat"),
                icon: MessageCircleOff,
                onSelect: () => session.mute(id, true),
              },
            ]
          : []),
        ...(muted !== false
          ? [
              {
                label: t("Unmute in chat"),
                icon: MessageCircle,
                onSelect: () => session.mute(id, false),
              },
            ]
          : []),
      ];
    case "kick":
      return [{ label: t("Kick"), icon: UserMinus, danger: true, onSelect: () => ask("kick") }];
    case "ban":
      return [{ label: t("Ban"), icon: Ban, danger: true, onSelect: () => ask("ban") }];
  }
}
