import { tenths } from "../../language/language";
import { t } from "../../language/t";
import type { RoomSession } from "../../session/types";
import { classes } from "../../ui/classes";
import { useRoom } from "./context";
import { type Grade, grade } from "./drift";
import css from "./SyncPill.module.css";

/** Shows whether the video is in sync, and opens the details. */
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

/** The pill's text. On a phone the pill is only a dot, so the details show it in full. */
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
  /** Shows only the dot and the amount if there is little space. */
  short?: boolean;
  tone: Grade | "idle";
}

function reading(session: RoomSession): Reading {
  const connection = session.connection.value.kind;
  const drift = session.drift.value;
  if (connection === "connecting") return { text: t("Connecting"), tone: "idle" };
  // A banner says it too.
  if (connection === "reconnecting") return { text: t("Reconnecting"), short: true, tone: "fair" };
  if (session.site.value === "silent") return { text: t("No picture"), tone: "poor" };
  // A player that has loaded nothing is where the room is, but shows nothing.
  if (!drift || session.player.value?.hasLoaded === false)
    return { text: t("Connected"), short: true, tone: "idle" };
  const tone = grade(drift.ms);
  if (tone === "good" || drift.settled) return { text: t("In sync"), short: true, tone };
  // Never "0.0", which would mean that it is in sync.
  const amount = `${tenths(Math.max(0.1, Math.abs(drift.ms) / 1000))} s`;
  return { text: t("Catching up"), amount, short: true, tone };
}
