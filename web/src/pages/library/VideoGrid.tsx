import { t } from "../../language/t";
import type { VideoOut } from "../../rest.gen";
import type { Chosen } from "./chosen";
import { VideoCard } from "./VideoCard";
import css from "./VideoGrid.module.css";

const SKELETONS = ["a", "b", "c", "d", "e", "f", "g", "h"];

interface Props {
  videos: readonly VideoOut[];
  stale: boolean;
  /** The ids of the selected videos; null outside selection mode. */
  chosen: Chosen;
}

export function VideoGrid({ videos, stale, chosen }: Props) {
  const ids = chosen.value;
  return (
    <ul class={stale ? css.stale : css.grid} aria-busy={stale || undefined}>
      {videos.map((video) => (
        <VideoCard
          key={video.id}
          video={video}
          follow
          chosen={ids?.has(video.id)}
          onChoose={(on) => {
            const changed = new Set(chosen.peek());
            if (on) changed.add(video.id);
            else changed.delete(video.id);
            chosen.value = changed;
          }}
        />
      ))}
    </ul>
  );
}

/** Placeholders, as large as the cards. */
export function VideoSkeletons() {
  return (
    <ul class={css.grid} aria-busy="true" aria-label={t("Loading")}>
      {SKELETONS.map((name) => (
        <li key={name} class={css.skeleton}>
          <div class={css.poster} />
          <div class={css.title} />
        </li>
      ))}
    </ul>
  );
}
