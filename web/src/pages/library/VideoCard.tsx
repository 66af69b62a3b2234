import type { VideoOut } from "../../rest.gen";
import { videoPath } from "../../router";
import { classes } from "../../ui/classes";
import { clockTime, longDate } from "../../ui/time";
import { badge, lengthText } from "./labels";
import { Poster } from "./Poster";
import { QueueButton } from "./QueueButton";
import css from "./VideoCard.module.css";

/** One video of the library. The whole card is a link. */
export function VideoCard({ video }: { video: VideoOut }) {
  const { id, title, duration_s, created_at, poster_url } = video;
  const state = badge(video);
  const date = longDate(created_at);
  return (
    <li class={css.card}>
      <div class={css.poster}>
        <Poster src={poster_url} />
        {state && (
          <span class={classes(css.badge, video.status === "completed" && css.problem)}>
            {state}
          </span>
        )}
        {duration_s !== null && (
          <span class={css.length} aria-hidden="true">
            {clockTime(duration_s)}
          </span>
        )}
        <time class={css.date} dateTime={created_at}>
          {date}
        </time>
      </div>
      <h2 class={css.title} dir="auto">
        <a href={videoPath(id)} class={css.link} title={title}>
          {title}
        </a>
      </h2>
      <span class="visually-hidden">{lengthText(video)}</span>
      <QueueButton video={video} />
    </li>
  );
}
