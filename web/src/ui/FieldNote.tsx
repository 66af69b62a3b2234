import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import css from "./Field.module.css";

interface Props {
  /** The ids of the field and of the note that describes it. */
  field: string;
  id: string;
  hint?: ComponentChildren;
  error?: ComponentChildren;
}

/** Whether the form moves the focus to invalid fields. */
export const FocusMoves = createContext(false);

/** The note below a field: a hint or an error. */
export function FieldNote({ field, id, hint, error }: Props) {
  if (error) return <Wrong key="error" {...{ field, id, error }} />;
  if (!hint) return null;
  return (
    <p key="hint" id={id} class={css.hint}>
      {hint}
    </p>
  );
}

/** Announced when it appears, unless the focus moves to its field, which announces it too. */
function Wrong({ field, id, error }: Props) {
  const moves = useContext(FocusMoves);
  const [isThere] = useState(() => document.activeElement?.id === field);
  const note = useRef<HTMLParagraphElement>(null);
  // Below a field at the lower edge of the window nobody would see it.
  useEffect(() => note.current?.scrollIntoView({ block: "nearest" }), [error]);
  return (
    <p ref={note} id={id} class={css.error} role={moves && !isThere ? undefined : "alert"}>
      {error}
    </p>
  );
}
