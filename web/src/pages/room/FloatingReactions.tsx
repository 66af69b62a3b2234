import { useSignal, useSignalEffect } from "@preact/signals";
import { useRoom } from "./context";
import css from "./FloatingReactions.module.css";
import { type Floating, floated } from "./floating";

/** Emoji that rise over the video; not shown to visitors who prefer reduced motion. */
export function FloatingReactions() {
  const { session } = useRoom();
  const shown = useSignal<readonly Floating[]>([]);
  useSignalEffect(() => {
    const news = session.reactions.value;
    if (news === null || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    shown.value = floated(shown.peek(), news, Math.random);
  });
  const remove = (id: string) => {
    shown.value = shown.peek().filter((each) => each.id !== id);
  };
  return (
    <div class={css.place} aria-hidden="true">
      {shown.value.map(({ id, emoji, edge, delay }) => (
        <span
          key={id}
          class={css.emoji}
          style={{ insetInlineEnd: `${edge}%`, animationDelay: `${delay}ms` }}
          onAnimationEnd={() => remove(id)}
        >
          {emoji}
        </span>
      ))}
    </div>
  );
}
