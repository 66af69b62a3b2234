import { useSignal, useSignalEffect } from "@preact/signals";
import { t } from "../../language/t";
import { library } from "../../net/library";
import type { VideoOut } from "../../rest.gen";
import { me } from "../account";
import { VideoCard } from "../library/VideoCard";
import rooms from "./PublicRooms.module.css";
import css from "./RecentVideos.module.css";

const NEWEST = { q: "", status: "", sort: "-created_at" } as const;
const VIDEOS = 4;

/** The newest videos of who is signed in; nothing for others. */
export function RecentVideos() {
  const videos = useSignal<readonly VideoOut[]>([]);
  useSignalEffect(() => {
    if (!me.value) {
      videos.value = [];
      return;
    }
    library.videos(NEWEST, VIDEOS, null).then(
      (list) => {
        videos.value = list.videos;
      },
      // The page is of use without them.
      () => {},
    );
  });
  if (videos.value.length === 0) return null;
  return (
    <section class={rooms.section} aria-labelledby="recent">
      <div class={css.heading}>
        <h2 id="recent">{t("Recent videos")}</h2>
        <a href="/library">{t("Library")}</a>
      </div>
      <ul class={css.videos}>
        {videos.value.map((video) => (
          <VideoCard key={video.id} video={video} level="h3" />
        ))}
      </ul>
    </section>
  );
}
