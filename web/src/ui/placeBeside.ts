const EDGE = 8;

/** Puts an open popover above its button, or below it when there is more room below. */
export function placeBeside(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const above = at.top > innerHeight - at.bottom;
  const room = (above ? at.top : innerHeight - at.bottom) - 2 * EDGE;
  panel.style.top = above ? "auto" : `${at.bottom + EDGE}px`;
  panel.style.bottom = above ? `${innerHeight - at.top + EDGE}px` : "auto";
  panel.style.right = `${Math.max(EDGE, document.documentElement.clientWidth - at.right)}px`;
  panel.style.maxHeight = `${room}px`;
}
