import { CalendarPlus } from "lucide-preact";
import { t } from "../../language/t";
import { Banner } from "../../ui/Banner";
import { classes } from "../../ui/classes";
import { shortDateTime } from "../../ui/startTime";
import { longDateTime, spokenTime } from "../../ui/time";
import { calendarOf } from "./calendar";
import { useRoom } from "./context";
import css from "./WaitingBanner.module.css";

/** A countdown to the room's start, at `startsAt` in room time. Render it every second. */
export function StartBanner({ startsAt }: { startsAt: number }) {
  const { code, session } = useRoom();
  const left = (startsAt - session.roomNow()) / 1000;
  return (
    <Banner>
      <div class={css.line}>
        <div>
          <span class="visually-hidden">
            {t("Starts")} {longDateTime(new Date(startsAt).toISOString())}.
          </span>
          {/* Hidden from screen readers, which would announce every second. */}
          <span aria-hidden="true">
            {t("Starts in")} {spokenTime(left)}, {shortDateTime(startsAt)}.
          </span>
        </div>
        <a href={calendarOf(code)} class={classes("large-target", css.calendar)} download>
          <CalendarPlus class={css.short} size={20} aria-hidden="true" />
          <span class={css.long}>{t("Add to calendar")}</span>
        </a>
      </div>
    </Banner>
  );
}
