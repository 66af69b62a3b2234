import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { FocusMoves } from "./FieldNote";

interface Props {
  /** What the last attempt has come to: another object for each that failed. */
  failure: unknown;
  class?: string | undefined;
  noValidate?: boolean;
  onSubmit: (event: Event) => void;
  children: ComponentChildren;
}

/** A form of several fields: moves the focus to the first wrong one when `failure` is new. */
export function CheckedForm({ failure, children, ...form }: Props) {
  const ref = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const wrong = ref.current?.querySelector<HTMLElement>("[aria-invalid='true']");
    const folded = wrong?.closest("details");
    if (folded) folded.open = true;
    wrong?.focus();
  }, [failure]);
  return (
    <FocusMoves.Provider value={true}>
      <form ref={ref} {...form}>
        {children}
      </form>
    </FocusMoves.Provider>
  );
}
