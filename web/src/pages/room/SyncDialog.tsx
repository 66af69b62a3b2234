import { tenths } from "../../language/language";
import { t } from "../../language/t";
import type { Member } from "../../protocol.gen";
import { classes } from "../../ui/classes";
import { Dialog } from "../../ui/Dialog";
import { signedMs } from "../../ui/time";
import { useRoom } from "./context";
import { driftBar, driftText, grade } from "./drift";
import css from "./SyncDialog.module.css";
import { SyncReading } from "./SyncPill";

/** The details of the sync pill, and everyone's drift. */
export function SyncDialog({ onClose }: { onClose: () => void }) {
  const { session } = useRoom();
  const drift = session.drift.value;
  const clock = session.clock.value;
  const figures = [
    [t("Your drift"), drift ? driftText(drift.ms) : t("nothing is playing")],
    [t("Your clock"), clock ? clockText(session.roomNow() - Date.now()) : t("unknown")],
    [t("Round trip"), clock ? `${Math.round(clock.rttMs)} ms` : t("unknown")],
  ] as const;
  const measured = session.members.value.filter((member) => member.drift_ms !== null);
  return (
    <Dialog title={t("Sync")} onClose={onClose}>
      <p class={css.reading}>
        <SyncReading />
      </p>
      <dl class={css.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <section>
        <h3>{t("Everyone")}</h3>
        <p class={css.legend}>{t("Left of the line is behind, right is ahead.")}</p>
        {measured.length === 0 && (
          <p class={css.legend}>{t("There is no data while nothing is playing.")}</p>
        )}
        <ul class={css.people}>
          {measured.map((member) => (
            <Drift key={member.id} member={member} />
          ))}
        </ul>
      </section>
    </Dialog>
  );
}

function Drift({ member }: { member: Member }) {
  const ms = member.drift_ms ?? 0;
  const half = `${driftBar(ms) * 50}%`;
  return (
    <li class={css.person}>
      <span class={css.name} dir="auto">
        {member.name}
      </span>
      <span class={css.scale} aria-hidden="true">
        <span
          class={classes(css.bar, css[grade(ms)])}
          style={{ width: half, [ms < 0 ? "right" : "left"]: "50%" }}
        />
      </span>
      <span class={css.value}>{driftText(ms)}</span>
    </li>
  );
}

const NOTICEABLE_MS = 1000;
const HOUR_MS = 3_600_000;

/** The difference between the room's clock and the device's. Even hours are harmless. */
function clockText(aheadMs: number): string {
  if (Math.abs(aheadMs) < NOTICEABLE_MS) return signedMs(-aheadMs);
  const size = Math.abs(aheadMs);
  const amount = size < HOUR_MS ? `${Math.round(size / 1000)} s` : `${tenths(size / HOUR_MS)} h`;
  return aheadMs > 0
    ? t("{{amount}} slow, corrected", { amount })
    : t("{{amount}} fast, corrected", { amount });
}
