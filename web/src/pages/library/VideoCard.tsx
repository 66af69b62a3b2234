import type { VideoOut } from "../../rest.gen";
import { videoPath } from "../../router";
import { bytes } from "../../ui/bytes";
import { classes } from "../../ui/classes";
import { clockTime, longDate } from "../../ui/time";
import { CardProgress } from "./CardProgress";
import { badge, isBeingMade, lengthText } from "./labels";
import { Poster } from "./Poster";
import { QueueButton } from "./QueueButton";
import css from "./VideoCard.module.css";

interface Props {
  video: VideoOut;
  /** The level of its heading on the page. */
  level?: "h2" | "h3";
  /** Whether to show its conversion progress. */
  follow?: boolean;
  /** Whether it is selected. If set, a click selects instead of opening it. */
  chosen?: boolean | undefined;
  onChoose?: (chosen: boolean) => void;
}

/** One video of the library. The whole card is a link, or a checkbox. */
export function VideoCard({ video, level: Heading = "h2", follow, chosen, onChoose }: Props) {
  const { id, title, duration_s, created_at, poster_url, size_bytes } = video;
  const state = badge(video);
  const choosing = chosen !== undefined;
  const date = longDate(created_at);
  return (
    <li class={classes(css.card, chosen && css.chosen)}>
      <div class={css.poster}>
        <Poster src={poster_url} />
        {follow && isBeingMade(video) ? (
          <CardProgress video={video} />
        ) : (
          state && (
            <span class={classes(css.badge, !isBeingMade(video) && css.problem)}>{state}</span>
          )
        )}
        {duration_s !== null && (
          <span class={css.length} aria-hidden="true">
            {clockTime(duration_s)}
          </span>
        )}
        <time class={css.date} dateTime={created_at}>
          {date} · {bytes(size_bytes)}
        </time>
      </div>
      <Heading class={css.title} dir="auto">
        {choosing ? (
          <label class={css.link} title={title}>
            <input
              type="checkbox"
              class={css.choose}
              checked={chosen}
              onChange={(event) => onChoose?.(event.currentTarget.checked)}
            />
            {title}
          </label>
        ) : (
          <a href={videoPath(id)} class={css.link} title={title}>
            {title}
          </a>
        )}
      </Heading>
      <span class="visually-hidden">{lengthText(video)}</span>
      {!choosing && <QueueButton video={video} />}
    </li>
  );
}
