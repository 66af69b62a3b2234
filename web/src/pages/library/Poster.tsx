import { useSignal } from "@preact/signals";
import { Film } from "lucide-preact";
import css from "./Poster.module.css";

/** A video's poster in 16:9, or a plain area when it does not load. Only decoration. */
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
