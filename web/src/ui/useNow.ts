import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** `performance.now()`, updated every `everyMs` while the component is on the page. */
export function useNow(everyMs: number): ReadonlySignal<number> {
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
