import { useSignal } from "@preact/signals";
import { t } from "../../language/t";
import { useRoom } from "./context";
import css from "./ReactPanel.module.css";

/** The most common reactions, with names for screen readers. */
const QUICK = [
  ["😂", t("Laugh")],
  ["❤️", t("Love")],
  ["👏", t("Applaud")],
  ["😮", t("Wow")],
  ["😢", t("Cry")],
  ["🎉", t("Celebrate")],
] as const;

/** The reaction buttons. The panel stays open, because people react more than once. */
export function ReactPanel() {
  const { session } = useRoom();
  return (
    <>
      <div class={css.quick}>
        {QUICK.map(([emoji, name]) => (
          <button
            key={emoji}
            type="button"
            class={css.emoji}
            title={name}
            aria-label={name}
            onClick={() => session.react(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      <AnyEmoji />
    </>
  );
}

/** A field for any emoji, from a phone's keyboard or a computer's emoji picker. */
function AnyEmoji() {
  const { session } = useRoom();
  const wrong = useSignal(false);
  const onInput = (event: Event) => {
    const field = event.currentTarget as HTMLInputElement;
    const emoji = firstEmoji(field.value);
    wrong.value = emoji === null && field.value.trim() !== "";
    if (emoji === null) return;
    session.react(emoji);
    field.value = "";
  };
  return (
    <label class={css.any}>
      {t("Any other emoji")}
      <input class={css.field} onInput={onInput} aria-invalid={wrong.value || undefined} />
    </label>
  );
}

/** The first complete emoji in a text, or null. */
export function firstEmoji(text: string): string | null {
  const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text);
  for (const { segment } of graphemes) {
    if (/\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\u20e3/u.test(segment)) return segment;
  }
  return null;
}
