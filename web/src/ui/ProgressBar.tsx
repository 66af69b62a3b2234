import css from "./ProgressBar.module.css";

interface Props {
  label: string;
  /** Null if the progress is unknown: the bar is then animated. */
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
