import { t } from "../../language/t";
import type { Member } from "../../protocol.gen";
import type { Connection, RoomSession } from "../../session/types";
import { standsAt } from "../../sync/timeline";
import { Banner } from "../../ui/Banner";
import { Sentence } from "../../ui/Sentence";
import { dayTime } from "../../ui/time";
import { useNow } from "../../ui/useNow";
import { useRoom } from "./context";
import { LockedHint } from "./LockedHint";
import { KnockBanner, WaitingBanner } from "./later";
import css from "./StageBanners.module.css";
import { StartBanner } from "./StartBanner";

/**
 * Thin lines over the top of the video. They do not move the layout when they come and go.
 * `locked`: the visitor is to know who can pause.
 */
export function StageBanners({ locked }: { locked: boolean }) {
  const { session } = useRoom();
  const connection = session.connection.value;
  const hostAway = session.hostAway.value;
  const state = session.state.value;
  return (
    <div class={css.banners} aria-live="polite">
      {session.waiting.value.length > 0 && <KnockBanner />}
      {locked && (
        <Banner>
          <span>
            <LockedHint />
          </span>
        </Banner>
      )}
      {connection.kind === "reconnecting" && <Reconnecting connection={connection} />}
      {connection.kind === "live" && session.liveUnavailable.value && (
        <Banner kind="warning">
          {t("Play and pause are unavailable for a moment. The video keeps playing.")}
        </Banner>
      )}
      {state?.waiting && <WaitingBanner />}
      {session.player.value && state && standsAt(state, session.position.value) && (
        <Banner>
          {t("This film is still being made. It goes on by itself when there is more of it.")}
        </Banner>
      )}
      <StartBanner />
      {hostAway && <HostAway graceEndsAt={hostAway.graceEndsAt} />}
    </div>
  );
}

function Reconnecting({ connection }: { connection: Connection & { kind: "reconnecting" } }) {
  const { session } = useRoom();
  const now = useNow(250);
  const entered = session.state.value !== null;
  const seconds = Math.ceil((connection.retryAt - now.value) / 1000);
  return (
    <Banner kind="warning">
      <span class="visually-hidden">
        {entered ? t("Connection lost. The video keeps playing.") : t("The room isn’t answering.")}
      </span>
      {/* Not read out: a screen reader would say every second. */}
      <span aria-hidden="true">
        {entered ? "" : `${t("The room isn’t answering.")} `}
        {seconds > 0 ? t("Reconnecting in {{seconds}}\u00a0s.", { seconds }) : t("Connecting…")}
        {entered ? ` ${t("The video keeps playing.")}` : ""}
      </span>
    </Banner>
  );
}

function HostAway({ graceEndsAt }: { graceEndsAt: number | null }) {
  const { names } = useRoom();
  if (graceEndsAt !== null) return <HostReplaced at={graceEndsAt} />;
  return (
    <Banner>
      <span>
        <Sentence
          text={t("{{host}} isn’t here. The room stays theirs.", { host: names.hostFirst.value })}
          names={[names.hostFirst.value]}
        />
      </span>
    </Banner>
  );
}

/** Until when the room waits for its host, and what happens then. */
function HostReplaced({ at: graceEndsAt }: { at: number }) {
  const { session, names } = useRoom();
  const at = dayTime(Date.now() + graceEndsAt - session.roomNow());
  const next = successor(session);
  const then = whatThen(session, next, at);
  return (
    <Banner>
      <span>
        <Sentence
          text={t("{{host}} isn’t here. {{then}} unless they come.", {
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
    return t("The room goes to you at {{at}}", { at });
  return t("The room goes to {{next}} at {{at}}", {
    next: next?.name ?? t("whoever has been here longest"),
    at,
  });
}

/** Who has been here longest, if known: members are sorted by role first, and may be a sample. */
function successor(session: RoomSession): Member | null {
  const others = session.members.value.filter(({ id }) => id !== session.room.value?.host);
  const byArrival = others.length === 1 || others.every(({ role }) => role === "viewer");
  const complete = session.viewerCount.value <= others.length;
  return (byArrival && complete && others[0]) || null;
}
