import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

const EDGE = 8;

/** Puts an open popover above its button, or below it when there is more room below. */
function place(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const above = at.top > innerHeight - at.bottom;
  const room = (above ? at.top : innerHeight - at.bottom) - 2 * EDGE;
  panel.style.top = above ? "auto" : `${at.bottom + EDGE}px`;
  panel.style.bottom = above ? `${innerHeight - at.top + EDGE}px` : "auto";
  const width = document.documentElement.clientWidth;
  // Their right edges meet, unless its left one would leave the window.
  const right = Math.min(width - at.right, width - panel.offsetWidth - EDGE);
  panel.style.right = `${Math.max(EDGE, right)}px`;
  panel.style.maxHeight = `${room}px`;
}

/**
 * Keeps a popover beside its button while it is open. Returns what places it now.
 *
 * A phone that is turned, or whose keyboard comes, has the button elsewhere once the page has been
 * laid out anew: in the frame of the resize it may still be drawn as before.
 */
export function usePlaceBeside(
  panel: RefObject<HTMLElement | null>,
  button: RefObject<HTMLElement | null>,
): () => void {
  const placeNow = () => {
    if (panel.current && button.current) place(panel.current, button.current);
  };
  useEffect(() => {
    let frame = 0;
    const placeLater = () => {
      cancelAnimationFrame(frame);
      if (!panel.current?.matches(":popover-open")) return;
      frame = requestAnimationFrame(() => {
        placeNow();
        frame = requestAnimationFrame(placeNow);
      });
    };
    addEventListener("resize", placeLater);
    return () => {
      removeEventListener("resize", placeLater);
      cancelAnimationFrame(frame);
    };
  }, []);
  return placeNow;
}
