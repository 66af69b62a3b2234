import { useId } from "preact/hooks";
import css from "./Choice.module.css";

interface Props<Value extends string> {
  label: string;
  /** Value, text and explanation. */
  options: readonly (readonly [Value, string, string])[];
  value: Value;
  onChange: (value: Value) => void;
}

/** Radio buttons, each with a line of explanation. */
export function Choice<Value extends string>({ label, options, value, onChange }: Props<Value>) {
  const id = useId();
  return (
    <fieldset class={css.choice}>
      <legend class="visually-hidden">{label}</legend>
      {options.map(([name, text, meaning]) => (
        <label key={name} class={css.option}>
          <input
            type="radio"
            class={css.dot}
            name={id}
            checked={name === value}
            aria-describedby={`${id}-${name}`}
            onChange={() => onChange(name)}
          />
          <span>
            {text}
            <span id={`${id}-${name}`} class={css.meaning}>
              {meaning}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
