import { Spinner } from "../ui/Spinner";
import css from "./Listed.module.css";

/** A placeholder for a list that is loading. */
export function Waiting({ text }: { text: string }) {
  return (
    <div class={css.waiting}>
      <Spinner size={28} />
      <span class="visually-hidden">{text}</span>
    </div>
  );
}
