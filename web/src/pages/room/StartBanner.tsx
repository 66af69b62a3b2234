import { t } from "../../language/t";
import { Banner } from "../../ui/Banner";
import { longDateTime, shortDateTime, spokenTime } from "../../ui/time";
import { useNow } from "../../ui/useNow";
import { calendarOf } from "./calendar";
import { useRoom } from "./context";

/** A countdown to the room's start, at `startsAt` in room time. */
export function StartBanner({ startsAt }: { startsAt: number }) {
  const { code, session } = useRoom();
  // Read only to render every second; the time itself is the room's.
  void useNow(1000).value;
  const left = (startsAt - session.roomNow()) / 1000;
  if (left <= 0 || session.playing.value) return null;
  return (
    <Banner>
      <span class="visually-hidden">
        {t("Starts")} {longDateTime(new Date(startsAt).toISOString())}.
      </span>
      {/* Hidden from screen readers, which would announce every second. */}
      <span aria-hidden="true">
        {t("Starts in")} {spokenTime(left)}, {shortDateTime(startsAt)}.
      </span>{" "}
      <a href={calendarOf(code)} class="large-target" download>
        {t("Add to calendar")}
      </a>
    </Banner>
  );
}
