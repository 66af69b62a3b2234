// Loads the storyboard of the current film when the visitor first points at the seek bar.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Cue, readStoryboard } from "../../players/storyboard";

export interface Storyboard {
  cues: ReadonlySignal<readonly Cue[]>;
  load: () => void;
}

export function useStoryboard(url: string | null): Storyboard {
  const cues = useSignal<readonly Cue[]>([]);
  const asked = useSignal<string | null>(null);
  // Ignore a renewed link to the same storyboard.
  const film = url?.split("/").slice(-3).join("/") ?? null;
  useEffect(() => {
    cues.value = [];
    asked.value = null;
  }, [film]);
  const load = () => {
    if (url === null || asked.peek() === film) return;
    asked.value = film;
    const address = new URL(url, location.href).href;
    fetch(address)
      .then(async (answer) => {
        if (answer.ok && asked.peek() === film)
          cues.value = readStoryboard(await answer.text(), address);
      })
      // Without pictures the bar still shows the time.
      .catch(() => {});
  };
  return { cues, load };
}
