import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** All handlers for dropped files. The last one gets them, because it is on top, as in a dialog. */
const takers: ((files: File[]) => void)[] = [];

/** Takes files dropped anywhere on the page. The signal is true while files hover over it. */
export function useFileDrop(take: (files: File[]) => void): ReadonlySignal<boolean> {
  const hovering = useSignal(false);
  useEffect(() => {
    takers.push(take);
    const isLast = () => takers.at(-1) === take;
    const over = (event: DragEvent) => {
      if (!isLast() || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      hovering.value = true;
    };
    const leave = (event: DragEvent) => {
      // Null when the pointer has left the whole window.
      if (!event.relatedTarget) hovering.value = false;
    };
    const drop = (event: DragEvent) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      hovering.value = false;
      if (files.length === 0 || !isLast()) return;
      event.preventDefault();
      take(files);
    };
    const listening = new AbortController();
    const options = { signal: listening.signal };
    addEventListener("dragover", over, options);
    addEventListener("dragleave", leave, options);
    addEventListener("drop", drop, options);
    return () => {
      listening.abort();
      takers.splice(takers.lastIndexOf(take), 1);
    };
  }, [take]);
  return hovering;
}
