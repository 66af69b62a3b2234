import css from "./ProgressBar.module.css";

interface Props {
  label: string;
  /** Null: nobody knows how far it is; it moves by itself. */
  percent: number | null;
}

export function ProgressBar({ label, percent }: Props) {
  return (
    <progress
      class={css.progress}
      aria-label={label}
      max={100}
      {...(percent === null ? {} : { value: percent })}
    />
  );
}
