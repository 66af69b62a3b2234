import { RotateCcw, SkipForward } from "lucide-preact";
import { t } from "../../language/t";
import type { RoomSession } from "../../session/types";
import { Button } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { type After, afterFilm } from "./afterFilm";
import { useRoom } from "./context";
import css from "./EndCard.module.css";
import { rowTitle } from "./queue/titles";

/** What comes after the film: the next video with a countdown, or "Watch again". */
export function EndCard({ onChoose }: { onChoose: () => void }) {
  const { session } = useRoom();
  const state = session.state.value;
  const length = session.duration.value;
  if (state === null || length === null) return null;
  const after = afterFilm({
    state,
    queue: session.queue.value,
    position: session.position.value,
    length,
    isPlaying: session.playing.value,
    isControllerHere: isControllerHere(session),
    isServerHere: session.connection.value.kind === "live" && !session.liveUnavailable.value,
  });
  if (after === null) return null;
  // What is said in place of the picture has buttons at the same place.
  const isHindered = session.playerError.value !== null || session.site.value === "silent";
  if (after.kind === "over") return isHindered ? null : <Ended {...after} onChoose={onChoose} />;
  return (
    <aside class={css.soon} aria-label={t("Up next")}>
      <p class={css.small}>
        {after.inS === null ? (
          t("Up next")
        ) : (
          <>
            {t("Up next in")} {after.inS}&nbsp;s
          </>
        )}
      </p>
      <p class={css.title} dir="auto">
        {rowTitle(after.next)}
      </p>
      {session.canControl.value && <Button onClick={() => session.next()}>{t("Play now")}</Button>}
    </aside>
  );
}

function isControllerHere({ members, room }: RoomSession): boolean {
  return room.value?.control === "everyone" || members.value.some(({ role }) => role !== "viewer");
}

type EndedProps = Extract<After, { kind: "over" }> & { onChoose: () => void };

/** Shown late if the server continues by itself, because it normally does within a second. */
function Ended({ next, continues, needsController, onChoose }: EndedProps) {
  const { session } = useRoom();
  const mayControl = session.canControl.value;
  return (
    <aside class={classes(css.end, continues && css.late)} aria-label={t("The end")}>
      <p class={css.title}>{t("The end")}</p>
      {next && (
        <p class={css.small} dir="auto">
          {t("Next:")} {rowTitle(next)}
        </p>
      )}
      {needsController && (
        <p class={css.small}>{t("It goes on when the host or a co-host is here.")}</p>
      )}
      {mayControl && (
        <div class={css.choices}>
          <Button onClick={() => session.play()}>
            <RotateCcw size={18} aria-hidden="true" />
            {t("Watch again")}
          </Button>
          {!next && <Button onClick={onChoose}>{t("Choose another video")}</Button>}
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
