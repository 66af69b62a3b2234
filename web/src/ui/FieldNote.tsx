import type { ComponentChildren } from "preact";
import css from "./Field.module.css";

interface Props {
  /** By which its field is described. */
  id: string;
  hint?: ComponentChildren;
  error?: ComponentChildren;
}

/** What stands below a field: a hint, or what is wrong, which is read out when it comes. */
export function FieldNote({ id, hint, error }: Props) {
  if (error)
    return (
      <p key="error" id={id} class={css.error} role="alert">
        {error}
      </p>
    );
  if (!hint) return null;
  return (
    <p key="hint" id={id} class={css.hint}>
      {hint}
    </p>
  );
}
