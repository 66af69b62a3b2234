import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** For a form of several fields: moves the focus to the first wrong one when `failure` is new. */
export function useFirstWrong(failure: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid='true']");
    const folded = wrong?.closest("details");
    if (folded) folded.open = true;
    wrong?.focus();
  }, [failure]);
  return form;
}
