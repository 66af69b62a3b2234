import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

const EDGE = 8;

/** Puts an open popover above its button, or below it when there is more room below. */
function place(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  // A button that is scrolled out of the window leaves the popover inside.
  const over = Math.min(Math.max(at.top, 0), innerHeight);
  const under = Math.min(Math.max(innerHeight - at.bottom, 0), innerHeight);
  const above = over > under;
  panel.style.top = above ? "auto" : `${innerHeight - under + EDGE}px`;
  panel.style.bottom = above ? `${innerHeight - over + EDGE}px` : "auto";
  const width = document.documentElement.clientWidth;
  // Their right edges meet, unless its left one would leave the window.
  const right = Math.min(width - at.right, width - panel.offsetWidth - EDGE);
  panel.style.right = `${Math.max(EDGE, right)}px`;
  panel.style.maxHeight = `${Math.max(over, under) - 2 * EDGE}px`;
}

/**
 * Keeps a popover beside its button from when what this returns is called until it is closed.
 *
 * The button moves when a phone is turned or its keyboard comes, when a list is scrolled, and when
 * something above it comes or goes. No event tells of all of that, and a resize tells too early.
 */
export function usePlaceBeside(
  panel: RefObject<HTMLElement | null>,
  button: RefObject<HTMLElement | null>,
): () => void {
  const frame = useRef(0);
  const follow = () => {
    cancelAnimationFrame(frame.current);
    if (!panel.current?.matches(":popover-open") || !button.current) return;
    place(panel.current, button.current);
    frame.current = requestAnimationFrame(follow);
  };
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return follow;
}
