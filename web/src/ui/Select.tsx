import { useId } from "preact/hooks";
import { classes } from "./classes";
import css from "./Field.module.css";

interface Props<Value extends string> {
  label: string;
  /** Shows the label to screen readers only, because the page around it says the same. */
  hideLabel?: boolean;
  value: Value;
  options: readonly (readonly [Value, string])[];
  hint?: string | undefined;
  onChange: (value: Value) => void;
}

/** A choice of one in the browser's own list. */
export function Select<Value extends string>(props: Props<Value>) {
  const id = useId();
  return (
    <div class={css.field}>
      <label for={id} class={classes(css.label, props.hideLabel && "visually-hidden")}>
        {props.label}
      </label>
      <select
        id={id}
        class={css.input}
        value={props.value}
        aria-describedby={props.hint ? `${id}-more` : undefined}
        onChange={(event) => props.onChange(event.currentTarget.value as Value)}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {props.hint && (
        <p id={`${id}-more`} class={css.hint}>
          {props.hint}
        </p>
      )}
    </div>
  );
}
