import { Spinner } from "../../ui/Spinner";
import css from "./Webhooks.module.css";

export function Waiting({ text }: { text: string }) {
  return (
    <div class={css.waiting}>
      <Spinner size={28} />
      <span class="visually-hidden">{text}</span>
    </div>
  );
}
