import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { FocusMoves } from "./FieldNote";
import { focusInFold } from "./focusInFold";

interface Props {
  /** The result of the last attempt: a new object for each failure. */
  failure: unknown;
  class?: string | undefined;
  noValidate?: boolean;
  onSubmit: (event: Event) => void;
  children: ComponentChildren;
}

/** A form that moves the focus to the first invalid field when `failure` is new. */
export function CheckedForm({ failure, children, ...form }: Props) {
  const ref = useRef<HTMLFormElement>(null);
  useEffect(() => {
    focusInFold(ref.current?.querySelector<HTMLElement>("[aria-invalid='true']"));
  }, [failure]);
  return (
    <FocusMoves.Provider value={true}>
      <form ref={ref} {...form}>
        {children}
      </form>
    </FocusMoves.Provider>
  );
}
