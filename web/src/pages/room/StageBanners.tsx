import { t } from "../../language/t";
import type { Connection, RoomSession } from "../../session/types";
import { isAtGrowingEnd } from "../../sync/timeline";
import { Banner } from "../../ui/Banner";
import { useNow } from "../../ui/useNow";
import { useRoom } from "./context";
import { LockedHint } from "./LockedHint";
import { HostAwayBanner, KnockBanner, StartBanner, WaitingBanner } from "./lazyParts";
import css from "./StageBanners.module.css";

/**
 * What passes by itself, over the top of the video: it does not shift the layout when it appears or
 * disappears. `locked`: show the hint about who can pause.
 */
export function PassingBanners({ locked }: { locked: boolean }) {
  const { session } = useRoom();
  const connection = session.connection.value;
  return (
    <div class={css.passing} aria-live="polite">
      {locked && (
        <Banner>
          <span>
            <LockedHint />
          </span>
        </Banner>
      )}
      {connection.kind === "reconnecting" && <Reconnecting connection={connection} />}
    </div>
  );
}

/** What lasts: over the video too, but on a phone, where it would cover half of it, below the bar. */
export function StageBanners() {
  const { session } = useRoom();
  const connection = session.connection.value;
  const hostAway = session.hostAway.value;
  const state = session.state.value;
  const startsAt = session.room.value?.starts_at ?? null;
  return (
    <div class={css.lasting} aria-live="polite">
      {session.waiting.value.length > 0 && <KnockBanner />}
      {connection.kind === "live" && session.liveUnavailable.value && (
        <Banner kind="warning">
          {t("Play and pause are unavailable for a moment.")} {keepsPlaying(session)}
        </Banner>
      )}
      {state?.waiting && <WaitingBanner />}
      {session.player.value && state && isAtGrowingEnd(state, session.position.value) && (
        <Banner>
          {t("This film is still being made. It goes on by itself when there is more of it.")}
        </Banner>
      )}
      {startsAt !== null && <StartBanner startsAt={startsAt} />}
      {hostAway && <HostAwayBanner graceEndsAt={hostAway.graceEndsAt} />}
    </div>
  );
}

function keepsPlaying({ playing }: RoomSession): string {
  return playing.value ? t("The video keeps playing.") : "";
}

function Reconnecting({ connection }: { connection: Connection & { kind: "reconnecting" } }) {
  const { session } = useRoom();
  const now = useNow(250);
  const entered = session.state.value !== null;
  const seconds = Math.ceil((connection.retryAt - now.value) / 1000);
  return (
    <Banner kind="warning">
      <span class="visually-hidden">
        {entered ? t("Connection lost.") : t("The room isn’t answering.")} {keepsPlaying(session)}
      </span>
      {/* Hidden from screen readers, which would announce every second. */}
      <span aria-hidden="true">
        {entered ? "" : `${t("The room isn’t answering.")} `}
        {seconds > 0 ? t("Reconnecting in {{seconds}}\u00a0s.", { seconds }) : t("Connecting…")}
        {` ${keepsPlaying(session)}`}
      </span>
    </Banner>
  );
}
