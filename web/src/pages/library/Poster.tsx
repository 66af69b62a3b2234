import { useSignal } from "@preact/signals";
import { Film } from "lucide-preact";
import css from "./Poster.module.css";

/** A video's poster in 16:9, or a plain area without one. Only decoration. */
export function Poster({ src }: { src: string | null }) {
  const failed = useSignal<string | null>(null);
  if (src === null || src === failed.value)
    return (
      <div class={css.none}>
        <Film size={28} aria-hidden="true" />
      </div>
    );
  return (
    <img
      class={css.poster}
      src={src}
      alt=""
      width={640}
      height={360}
      loading="lazy"
      decoding="async"
      onError={() => {
        failed.value = src;
      }}
    />
  );
}
