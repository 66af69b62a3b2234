import type { VideoOut } from "../../rest.gen";
import { VideoCard } from "./VideoCard";
import css from "./VideoGrid.module.css";

const SKELETONS = ["a", "b", "c", "d", "e", "f", "g", "h"];

export function VideoGrid({ videos, stale }: { videos: readonly VideoOut[]; stale: boolean }) {
  return (
    <ul class={stale ? css.stale : css.grid} aria-busy={stale || undefined}>
      {videos.map((video) => (
        <VideoCard key={video.id} video={video} />
      ))}
    </ul>
  );
}

/** Placeholders, as large as the cards. */
export function VideoSkeletons() {
  return (
    <ul class={css.grid} aria-busy="true" aria-label="Loading">
      {SKELETONS.map((name) => (
        <li key={name} class={css.skeleton}>
          <div class={css.poster} />
          <div class={css.title} />
        </li>
      ))}
    </ul>
  );
}
