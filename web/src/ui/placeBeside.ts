const EDGE = 8;

/** Puts an open popover above its button, or below it when there is more room below. */
export function placeBeside(panel: HTMLElement, button: HTMLElement): void {
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
