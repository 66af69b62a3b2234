import type { VideoOut } from "../../rest.gen";
import { videoPath } from "../../router";
import { bytes } from "../../ui/bytes";
import { classes } from "../../ui/classes";
import { clockTime, longDate } from "../../ui/time";
import { badge, lengthText } from "./labels";
import { Poster } from "./Poster";
import { QueueButton } from "./QueueButton";
import css from "./VideoCard.module.css";

interface Props {
  video: VideoOut;
  /** The level of its heading on the page. */
  level?: "h2" | "h3";
}

/** One video of the library. The whole card is a link. */
export function VideoCard({ video, level: Heading = "h2" }: Props) {
  const { id, title, duration_s, created_at, poster_url, size_bytes } = video;
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
          {date} · {bytes(size_bytes)}
        </time>
      </div>
      <Heading class={css.title} dir="auto">
        <a href={videoPath(id)} class={css.link} title={title}>
          {title}
        </a>
      </Heading>
      <span class="visually-hidden">{lengthText(video)}</span>
      <QueueButton video={video} />
    </li>
  );
}
