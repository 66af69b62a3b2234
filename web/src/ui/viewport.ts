/** A phone's keyboard takes about two fifths of the height. Less are the browser's own bars. */
const KEYBOARD_PART = 0.25;

/**
 * Keeps --viewport at the height that a phone's keyboard leaves free, and sets `data-keyboard`
 * on the root element while the keyboard is open.
 */
export function followKeyboard(): void {
  const view = window.visualViewport;
  if (!view) return;
  const root = document.documentElement;
  const tallest = new Map<number, number>();
  const follow = () => {
    // Zooming in also makes the visual viewport smaller.
    if (view.scale > 1.01) return;
    const width = Math.round(view.width);
    const full = Math.max(tallest.get(width) ?? 0, view.height);
    tallest.set(width, full);
    root.style.setProperty("--viewport", `${view.height}px`);
    root.toggleAttribute("data-keyboard", view.height < full * (1 - KEYBOARD_PART));
  };
  view.addEventListener("resize", follow);
  follow();
}
