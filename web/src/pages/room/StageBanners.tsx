import { t } from "../../language/t";
import type { Connection, RoomSession } from "../../session/types";
import { Banner } from "../../ui/Banner";
import { useNow } from "../../ui/useNow";
import { useRoom } from "./context";
import { keepsPlaying } from "./keepsPlaying";
import { LockedHint } from "./LockedHint";
import { LastingBanners } from "./lazyParts";
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
  return (
    <div class={css.lasting} aria-live="polite">
      {mayLast(session) && <LastingBanners />}
    </div>
  );
}

/** Whether there may be something to say for longer; LastingBanners knows. */
function mayLast({ room, state, waiting, hostAway, liveUnavailable }: RoomSession): boolean {
  const { waiting: held = null, made_until = null } = state.value ?? {};
  const facts = [hostAway.value, held, made_until, room.value?.starts_at ?? null];
  return liveUnavailable.value || waiting.value.length > 0 || facts.some((fact) => fact !== null);
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
