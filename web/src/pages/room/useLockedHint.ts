// When to say that only others can pause and seek: once in each browser, and to who tries.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { siteData } from "../../siteData";

const KEY = "streamit-told-who-controls";
const FIRST_MS = 12_000;
const AGAIN_MS = 4_000;

/** Whether it is said now, and what to call when somebody presses where nothing happens. */
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
