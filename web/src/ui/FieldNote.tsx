import { type ComponentChildren, createContext } from "preact";
import { useContext, useState } from "preact/hooks";
import css from "./Field.module.css";

interface Props {
  /** The field, and the note by which it is described. */
  field: string;
  id: string;
  hint?: ComponentChildren;
  error?: ComponentChildren;
}

/** Whether the form moves the focus to what is wrong. */
export const FocusMoves = createContext(false);

/** What stands below a field: a hint, or what is wrong. */
export function FieldNote({ field, id, hint, error }: Props) {
  if (error) return <Wrong key="error" {...{ field, id, error }} />;
  if (!hint) return null;
  return (
    <p key="hint" id={id} class={css.hint}>
      {hint}
    </p>
  );
}

/** It is read out when it comes, but where the focus comes to its field: that reads it, too. */
function Wrong({ field, id, error }: Props) {
  const moves = useContext(FocusMoves);
  const [isThere] = useState(() => document.activeElement?.id === field);
  return (
    <p id={id} class={css.error} role={moves && !isThere ? undefined : "alert"}>
      {error}
    </p>
  );
}
