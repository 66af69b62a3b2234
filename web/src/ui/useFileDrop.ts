import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Takes a file that is dropped anywhere on the page; the signal is true while one hovers. */
export function useFileDrop(take: (file: File) => void): ReadonlySignal<boolean> {
  const hovering = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      hovering.value = true;
    };
    const leave = (event: DragEvent) => {
      // Null when the pointer has left the window, not merely an element.
      if (!event.relatedTarget) hovering.value = false;
    };
    const drop = (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      hovering.value = false;
      if (!file) return;
      event.preventDefault();
      take(file);
    };
    const listening = new AbortController();
    const options = { signal: listening.signal };
    addEventListener("dragover", over, options);
    addEventListener("dragleave", leave, options);
    addEventListener("drop", drop, options);
    return () => listening.abort();
  }, [take]);
  return hovering;
}
