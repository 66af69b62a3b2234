import { t } from "../../language/t";
import type { VideoOut } from "../../rest.gen";
import { VideoCard } from "../library/VideoCard";
import rooms from "./PublicRooms.module.css";
import css from "./RecentVideos.module.css";

/** The visitor's newest videos; not shown if there are none. */
export function RecentVideos({ videos }: { videos: readonly VideoOut[] }) {
  if (videos.length === 0) return null;
  return (
    <section class={rooms.section} aria-labelledby="recent">
      <div class={css.heading}>
        <h2 id="recent">{t("Recent videos")}</h2>
        <a href="/library">{t("Library")}</a>
      </div>
      <ul class={css.videos}>
        {videos.map((video) => (
          <VideoCard key={video.id} video={video} level="h3" />
        ))}
      </ul>
    </section>
  );
}
