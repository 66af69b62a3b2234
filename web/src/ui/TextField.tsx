import type { ComponentChildren, TargetedFocusEvent } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../language/t";
import { classes } from "./classes";
import css from "./Field.module.css";
import { FieldNote } from "./FieldNote";
import { focusInFold } from "./focusInFold";
import { invalidText } from "./invalidText";

export interface Props extends InputProps {
  label: string;
  /** Shows the label to screen readers only, because the page around it says the same. */
  hideLabel?: boolean;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  onText: (text: string) => void;
  /** Shown inside the input, at its end. */
  inside?: ComponentChildren;
}

/** The attributes of an input that text fields use. */
interface InputProps {
  type?: "text" | "email" | "password" | "number" | "search" | "datetime-local";
  value: string | number;
  placeholder?: string | undefined;
  required?: boolean;
  readOnly?: boolean;
  min?: number;
  max?: number;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  autocomplete?: string;
  autocapitalize?: "none";
  spellcheck?: boolean;
  inputMode?: "url" | "numeric";
  enterkeyhint?: "go";
  "data-focus"?: boolean;
  onFocus?: (event: TargetedFocusEvent<HTMLInputElement>) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  onPaste?: (event: ClipboardEvent) => void;
}

/**
 * A text field with its label, hint and error. When a form is sent, it also says itself what its
 * attributes forbid: the browser would say it in its own language, and over the next field.
 */
export function TextField({ label, hideLabel, hint, onText, inside, ...props }: Props) {
  const { error: given, ...input } = props;
  const id = useId();
  const [refused, setRefused] = useState("");
  const error = given || refused;
  const note = isFull(input) ? (
    <>
      {t("At most {{most}} characters.", { most: input.maxLength })} {hint}
    </>
  ) : (
    hint
  );
  return (
    <div class={css.field}>
      <label for={id} class={classes(css.label, hideLabel && "visually-hidden")}>
        {label}
      </label>
      <div class={css.box}>
        <input
          autocomplete="off"
          dir="auto"
          // As an object, because preact types an input by a literal `type`, and ours varies.
          {...(input as object)}
          id={id}
          class={css.input}
          aria-invalid={error ? true : undefined}
          aria-describedby={error || note ? `${id}-more` : undefined}
          onInput={(event) => {
            setRefused("");
            onText(event.currentTarget.value);
          }}
          onInvalid={(event) => {
            event.preventDefault();
            setRefused(invalidText(event.currentTarget));
            focusOnFirst(event.currentTarget);
          }}
        />
        {inside}
      </div>
      <FieldNote field={id} id={`${id}-more`} hint={note} error={error} />
    </div>
  );
}

/** Whether the browser cuts off whatever else is typed or pasted. */
function isFull({ value, maxLength }: InputProps): boolean {
  return maxLength !== undefined && String(value).length >= maxLength;
}

/** Moves the focus to `input` if it is the first invalid one of its form. */
function focusOnFirst(input: HTMLInputElement): void {
  if (input.form?.querySelector("input:invalid") !== input) return;
  focusInFold(input);
}
