/** Moves the focus to the heading of the page when the element that had it has gone. */
export function focusOnHeading(): void {
  if (document.activeElement === document.body)
    document.querySelector<HTMLElement>("h1[tabindex]")?.focus();
}
