import { useEffect } from "preact/hooks";
import { SKIP_S } from "./ControlBar";
import type { Controls } from "./useControls";

interface Props {
  controls: Controls;
  /** Brings the bar back, so that what a key did can be seen. */
  wake: () => void;
  onKeys: () => void;
}

/** The keys and what they do, as the help lists them. */
export const SHORTCUTS = [
  ["Space or K", "Play or pause"],
  ["← →", "10 seconds back or ahead"],
  ["↑ ↓", "Louder or quieter"],
  ["M", "Sound off or on"],
  ["F", "Fullscreen"],
  ["?", "This list"],
] as const;

/** Keys of the whole page, where nothing else has a use for them. */
export function useShortcuts({ controls, wake, onKeys }: Props): void {
  useEffect(() => {
    const keys: Record<string, () => unknown> = {
      " ": () => controls.togglePlay(),
      k: () => controls.togglePlay(),
      arrowleft: () => controls.skip(-SKIP_S),
      arrowright: () => controls.skip(SKIP_S),
      arrowup: () => controls.turnVolume(0.05),
      arrowdown: () => controls.turnVolume(-0.05),
      m: () => controls.toggleMute(),
      f: () => controls.toggleFullscreen(),
      "?": onKeys,
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      const deed = keys[key];
      if (!deed || isTaken(event, key)) return;
      event.preventDefault();
      wake();
      // A held key goes on seeking and turning; it does not switch on and off.
      if (!event.repeat || key.startsWith("arrow")) deed();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [controls]);
}

const TYPING = "input, textarea, select, [contenteditable], dialog, [popover]";
const PRESSED_BY_SPACE = "button, a, summary, [role=tab]";
const SCROLLED_BY_ARROWS = "aside";

/** True when the element with the focus, or the browser, has its own use for the key. */
function isTaken(event: KeyboardEvent, key: string): boolean {
  const target = event.target as HTMLElement;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector("dialog[open]") || target.closest(TYPING)) return true;
  if (key === " ") return target.closest(PRESSED_BY_SPACE) !== null;
  return key.startsWith("arrow") && target.closest(SCROLLED_BY_ARROWS) !== null;
}
