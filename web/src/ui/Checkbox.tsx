import type { ComponentChildren } from "preact";
import css from "./Checkbox.module.css";

interface Props {
  label: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** A checkbox. Its label can be clicked too. */
export function Checkbox({ label, checked, onChange }: Props) {
  return (
    <label class={css.line}>
      <input
        type="checkbox"
        class={css.box}
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
