import { RotateCcw, SkipForward } from "lucide-preact";
import { t } from "../../language/t";
import type { RoomSession } from "../../session/types";
import { END_TOLERANCE_S } from "../../sync/timeline";
import { Button } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { useRoom } from "./context";
import css from "./EndCard.module.css";
import { rowTitle } from "./queue/titles";

/** What comes after the film: what is next and in how many seconds, or "Watch again". */
export function EndCard() {
  const { session } = useRoom();
  const duration = session.duration.value;
  if (duration === null) return null;
  const left = duration - session.position.value;
  const queue = session.queue.value;
  const next = queue?.items[0];
  const goesOn = next !== undefined && queue?.autoplay === true;
  // The server may go on all the same, for those who were there when the film began.
  const mayWait = goesOn && !isAnyoneInControl(session);
  if (left <= END_TOLERANCE_S)
    return goesOn && !mayWait ? null : <Ended next={rowTitle(next)} waits={mayWait} />;
  if (!goesOn || !session.playing.value) return null;
  return (
    <aside class={css.soon} aria-label={t("Up next")}>
      <p class={css.small}>
        {mayWait ? (
          t("Up next")
        ) : (
          <>
            {t("Up next in")} {Math.ceil(left)}&nbsp;s
          </>
        )}
      </p>
      <p class={css.title} dir="auto">
        {rowTitle(next)}
      </p>
      {session.canControl.value && <Button onClick={() => session.next()}>{t("Play now")}</Button>}
    </aside>
  );
}

function isAnyoneInControl({ members, room }: RoomSession): boolean {
  return room.value?.control === "everyone" || members.value.some(({ role }) => role !== "viewer");
}

interface EndedProps {
  next: string;
  /** For the host or a co-host, unless the room goes on in this moment. */
  waits: boolean;
}

function Ended({ next, waits }: EndedProps) {
  const { session } = useRoom();
  const mayControl = session.canControl.value;
  return (
    <aside class={classes(css.end, waits && css.late)} aria-label={t("The end")}>
      <p class={css.title}>{t("The end")}</p>
      {next && (
        <p class={css.small} dir="auto">
          {t("Next:")} {next}
        </p>
      )}
      {waits && <p class={css.small}>{t("It goes on when the host or a co-host is here.")}</p>}
      {mayControl && (
        <div class={css.choices}>
          <Button onClick={() => session.play()}>
            <RotateCcw size={18} aria-hidden="true" />
            {t("Watch again")}
          </Button>
          {next && (
            <Button kind="primary" onClick={() => session.next()}>
              <SkipForward size={18} aria-hidden="true" />
              {t("Play next")}
            </Button>
          )}
        </div>
      )}
    </aside>
  );
}
