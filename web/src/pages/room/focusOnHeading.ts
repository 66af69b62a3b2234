/** Moves the focus to the page's heading if the focused element has disappeared. */
export function focusOnHeading(): void {
  if (document.activeElement === document.body)
    document.querySelector<HTMLElement>("h1[tabindex]")?.focus();
}
