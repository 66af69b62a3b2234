import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { offsetText, trackName } from "../../subtitles/choice";
import { isHeld } from "../../ui/keyAlone";
import { SKIP_S } from "./ControlBar";
import { flash } from "./Flash";
import { shortcutKey } from "./shortcutKey";
import type { Controls } from "./useControls";
import { OFFSET_STEP_S, type Subtitles } from "./useSubtitles";

interface Props {
  controls: Controls;
  subtitles: Subtitles;
  /** Shows the bar again, so that the effect of a key can be seen. */
  wake: () => void;
  onKeys: () => void;
}

/**
 * Handles the shortcuts on the whole page, unless something else uses the key. KeysDialog lists
 * them.
 */
export function useShortcuts({ controls, subtitles, wake, onKeys }: Props): void {
  useEffect(() => {
    const shift = (by_s: number) => {
      subtitles.nudge(by_s);
      flash(t("Subtitles {{offset}}", { offset: offsetText(subtitles.offset.value) }));
    };
    const keys: Record<string, () => unknown> = {
      " ": () => controls.togglePlay(),
      k: () => controls.togglePlay(),
      arrowleft: () => controls.skip(-SKIP_S),
      arrowright: () => controls.skip(SKIP_S),
      arrowup: () => controls.turnVolume(0.05),
      arrowdown: () => controls.turnVolume(-0.05),
      m: () => controls.toggleMute(),
      f: () => controls.toggleFullscreen(),
      t: () => controls.toggleTheatre(),
      i: () => controls.togglePictureInPicture(),
      c: () => {
        subtitles.toggle();
        const { value } = subtitles.shown;
        flash(value ? t("Subtitles: {{track}}", { track: trackName(value) }) : t("Subtitles off"));
      },
      g: () => shift(-OFFSET_STEP_S),
      h: () => shift(OFFSET_STEP_S),
      "?": onKeys,
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const key = shortcutKey(event);
      const action = keys[key];
      if (!action || isTaken(event, key)) return;
      event.preventDefault();
      wake();
      // A held key repeats seeking and volume, but not switches.
      if (!event.repeat || REPEATED.includes(key) || key.startsWith("arrow")) action();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [controls]);
}

const REPEATED = ["g", "h"];
const TYPING = "input, textarea, select, [contenteditable], dialog, [popover]";
const PRESSED_BY_SPACE = "button, a, summary, [role=tab]";
const SCROLLED_BY_ARROWS = "aside";

/** True if the focused element or the browser uses the key itself. */
function isTaken(event: KeyboardEvent, key: string): boolean {
  const target = event.target as HTMLElement;
  if (event.defaultPrevented || isHeld(event)) return true;
  if (document.querySelector("dialog[open]") || target.closest(TYPING)) return true;
  if (key === " ") return target.closest(PRESSED_BY_SPACE) !== null;
  return key.startsWith("arrow") && target.closest(SCROLLED_BY_ARROWS) !== null;
}
