/** Moves the focus to `element`, also if it is in a `<details>` that is folded. */
export function focusInFold(element: HTMLElement | null | undefined): void {
  const folded = element?.closest("details");
  if (folded) folded.open = true;
  element?.focus();
}
