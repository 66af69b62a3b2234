import { useSignal } from "@preact/signals";
import { Film } from "lucide-preact";
import css from "./Poster.module.css";

/** A video's picture in 16:9, a plain one where it does not load. It says nothing by itself. */
export function Poster({ src }: { src: string }) {
  const failed = useSignal(false);
  if (failed.value)
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
        failed.value = true;
      }}
    />
  );
}
