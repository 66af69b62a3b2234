import { tenths } from "../../language/language";
import { t } from "../../language/t";
import type { RoomSession } from "../../session/types";
import { classes } from "../../ui/classes";
import { useRoom } from "./context";
import { type Grade, grade } from "./drift";
import css from "./SyncPill.module.css";

/** Shows whether the video is in sync. Opens the details. */
export function SyncPill({ onOpen }: { onOpen: () => void }) {
  return (
    <button
      type="button"
      class={css.pill}
      onClick={onOpen}
      title={t("How well the video is in sync")}
    >
      <SyncReading />
    </button>
  );
}

/** What the pill says. On a phone it is only a dot there, so the details say it in full. */
export function SyncReading() {
  const { text, amount, short, tone } = reading(useRoom().session);
  return (
    <>
      <span class={classes(css.dot, css[tone])} />
      <span class={short ? css.long : ""}>{text}</span>
      {amount}
    </>
  );
}

interface Reading {
  text: string;
  amount?: string;
  /** Where there is little space, the dot and the amount say enough. */
  short?: boolean;
  tone: Grade | "idle";
}

function reading(session: RoomSession): Reading {
  const connection = session.connection.value.kind;
  const drift = session.drift.value;
  if (connection === "connecting") return { text: t("Connecting"), tone: "idle" };
  if (connection === "reconnecting") return { text: t("Reconnecting"), tone: "fair" };
  if (session.siteIsSilent.value) return { text: t("No picture"), tone: "poor" };
  if (!drift) return { text: t("Connected"), tone: "idle" };
  const tone = grade(drift.ms);
  if (tone === "good" || drift.settled) return { text: t("In sync"), short: true, tone };
  // Never "0.0": that would be in sync.
  const amount = `${tenths(Math.max(0.1, Math.abs(drift.ms) / 1000))} s`;
  return { text: t("Catching up"), amount, short: true, tone };
}
