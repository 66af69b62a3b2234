import css from "./Badge.module.css";

/** A small count beside a name: "3", read as "3 new messages". */
export function Badge({ count, what }: { count: number; what: string }) {
  return (
    <span class={css.badge}>
      {count > 99 ? "99+" : count}
      <span class="visually-hidden"> {what}</span>
    </span>
  );
}
