import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Takes files dropped anywhere on the page. The signal is true while files hover over it. */
export function useFileDrop(take: (files: File[]) => void): ReadonlySignal<boolean> {
  const hovering = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
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
      if (files.length === 0) return;
      event.preventDefault();
      take(files);
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
