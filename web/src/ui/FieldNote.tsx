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

/**
 * Moves the focus to its field if it was elsewhere in the form, and the form does not do that. Else
 * it is announced when it appears; a field that gets the focus announces it too.
 */
function Wrong({ field, id, error }: Props) {
  const formMoves = useContext(FocusMoves);
  const [from] = useState(() => document.activeElement);
  const [isThere, isNear] = [from?.id === field, isInFormOf(field, from)];
  const note = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isNear && !formMoves) document.getElementById(field)?.focus();
    // Below a field at the lower edge of the window nobody would see it.
    note.current?.scrollIntoView({ block: "nearest" });
  }, [error]);
  const moves = (formMoves || isNear) && !isThere;
  return (
    <p ref={note} id={id} class={css.error} role={moves ? undefined : "alert"}>
      {error}
    </p>
  );
}

function isInFormOf(field: string, element: Element | null): boolean {
  return document.getElementById(field)?.closest("form")?.contains(element) ?? false;
}
