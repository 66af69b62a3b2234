import { t } from "../../language/t";
import type { Member } from "../../protocol.gen";
import type { RoomSession } from "../../session/types";
import { Banner } from "../../ui/Banner";
import { Sentence } from "../../ui/Sentence";
import { dayTime } from "../../ui/time";
import { useRoom } from "./context";

/** Says that the host is away, and what happens next. `graceEndsAt` is null for a kept room. */
export function HostAwayBanner({ graceEndsAt }: { graceEndsAt: number | null }) {
  const { names } = useRoom();
  if (graceEndsAt !== null) return <HostReplaced at={graceEndsAt} />;
  return (
    <Banner>
      <span>
        <Sentence
          text={t("{{host}} isn’t here, but stays the host.", { host: names.hostFirst.value })}
          names={[names.hostFirst.value]}
        />
      </span>
    </Banner>
  );
}

/** How long the room waits for its host, and what happens then. */
function HostReplaced({ at: graceEndsAt }: { at: number }) {
  const { session, names } = useRoom();
  const at = dayTime(Date.now() + graceEndsAt - session.roomNow());
  const next = successor(session);
  const then = whatThen(session, next, at);
  return (
    <Banner>
      <span>
        <Sentence
          text={t("{{host}} isn’t here. {{then}} unless they come back.", {
            host: names.hostFirst.value,
            then,
          })}
          names={[names.hostFirst.value, next?.name ?? ""]}
        />
      </span>
    </Banner>
  );
}

function whatThen(session: RoomSession, next: Member | null, at: string): string {
  if (session.room.value?.succession === false) return t("The room closes at {{at}}", { at });
  if (next !== null && next.id === session.you.value?.id)
    return t("You become the host at {{at}}", { at });
  if (next === null) return t("Whoever has been here longest becomes the host at {{at}}", { at });
  return t("{{next}} becomes the host at {{at}}", { next: next.name, at });
}

/** Who has been here longest, if known. Members are sorted by role first, and may be a sample. */
function successor(session: RoomSession): Member | null {
  const others = session.members.value.filter(({ id }) => id !== session.room.value?.host);
  const byArrival = others.length === 1 || others.every(({ role }) => role === "viewer");
  const complete = session.viewerCount.value <= others.length;
  return (byArrival && complete && others[0]) || null;
}
