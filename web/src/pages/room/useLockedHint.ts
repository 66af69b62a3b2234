// When to hint that only others can pause and seek: once per browser, and whenever someone tries.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { siteData } from "../../siteData";

const KEY = "streamit-told-who-controls";
const FIRST_MS = 12_000;
const AGAIN_MS = 4_000;

/** Whether to show the hint now, and a function to call when someone presses a locked control. */
export function useLockedHint(locked: boolean): [ReadonlySignal<boolean>, () => void] {
  const said = useSignal(false);
  const timer = useRef(0);
  const say = (forMs: number) => {
    said.value = true;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      said.value = false;
    }, forMs);
  };
  useEffect(() => {
    if (locked && siteData.getItem(KEY) === null) {
      siteData.setItem(KEY, "yes");
      say(FIRST_MS);
    }
    return () => {
      clearTimeout(timer.current);
      said.value = false;
    };
  }, [locked]);
  return [said, () => say(AGAIN_MS)];
}
