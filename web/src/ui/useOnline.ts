import { useEffect, useRef } from "preact/hooks";

/** Calls `retry` when the browser has a network again. */
export function useOnline(retry: () => void): void {
  const newest = useRef(retry);
  newest.current = retry;
  useEffect(() => {
    const online = () => newest.current();
    addEventListener("online", online);
    return () => removeEventListener("online", online);
  }, []);
}
