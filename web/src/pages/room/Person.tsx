import { Crown, type LucideIcon, MessageCircleOff, MoonStar, Shield } from "lucide-preact";
import { t } from "../../language/t";
import type { Member } from "../../protocol.gen";
import { Avatar } from "../../ui/Avatar";
import { Spinner } from "../../ui/Spinner";
import { useRoom } from "./context";
import { actionsFor } from "./moderation";
import css from "./Person.module.css";
import { PersonMenu } from "./PersonMenu";

/** One person in the list, with the actions that the visitor may take. */
export function Person({ member, away = false }: { member: Member; away?: boolean }) {
  const { session } = useRoom();
  const you = session.you.value;
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
      {!away && <PersonMenu who={member} actions={actionsFor(you, member)} />}
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
