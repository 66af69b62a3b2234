import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

const EDGE = 8;

/** Places an open popover above its button, or below if there is more room. */
function place(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  // Keep the popover inside the window even if its button is scrolled out of it.
  const over = Math.min(Math.max(at.top, 0), innerHeight);
  const under = Math.min(Math.max(innerHeight - at.bottom, 0), innerHeight);
  const above = over > under;
  panel.style.top = above ? "auto" : `${innerHeight - under + EDGE}px`;
  panel.style.bottom = above ? `${innerHeight - over + EDGE}px` : "auto";
  const width = document.documentElement.clientWidth;
  // Align the right edges, unless its left edge would leave the window.
  const right = Math.min(width - at.right, width - panel.offsetWidth - EDGE);
  panel.style.right = `${Math.max(EDGE, right)}px`;
  panel.style.maxHeight = `${Math.max(over, under) - 2 * EDGE}px`;
}

/**
 * Keeps a popover next to its button, from the call of the returned function until it is closed.
 *
 * The button moves when a phone is rotated or its keyboard opens, when a list is scrolled, and when
 * something above it appears or disappears. No event reports all of that, and resize comes too
 * early.
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
