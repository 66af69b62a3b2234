// Mouse and touch gestures on the picture.

import { useEffect, useMemo, useRef } from "preact/hooks";
import { browserTimers } from "../../net/timers";
import { SKIP_S } from "./ControlBar";
import { Clicks } from "./clicks";
import { useRoom } from "./context";
import { flash } from "./Flash";
import type { Controls } from "./useControls";

/** Two taps within this time are one gesture. */
const DOUBLE_MS = 300;
/** The share of the width at the left and right in which a double tap seeks. */
const SIDE = 0.35;

export function useGestures(controls: Controls) {
  const last = useRef({ at: 0, side: 0 });
  const closes = useRef(false);
  const { session } = useRoom();
  const clicks = useMemo(
    () =>
      new Clicks({
        timers: browserTimers,
        isPlaying: () => session.playing.peek(),
        ...controls,
      }),
    [session, controls],
  );
  useEffect(() => () => clicks.dispose(), [clicks]);
  // Pressing outside an open menu closes it before the click event, so remember that it was open.
  const onPointerDown = () => {
    closes.current = document.querySelector("[popover=auto]:popover-open") !== null;
  };
  const onClick = (event: MouseEvent) => {
    if (closes.current) return;
    // A single tap only shows the bar.
    if ((event as PointerEvent).pointerType === "mouse") {
      clicks.click(event.detail);
      return;
    }
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width;
    const side = at < SIDE ? -1 : at > 1 - SIDE ? 1 : 0;
    const isDouble = event.timeStamp - last.current.at < DOUBLE_MS && side === last.current.side;
    // The next tap starts a new gesture.
    last.current = isDouble
      ? { at: Number.NEGATIVE_INFINITY, side }
      : { at: event.timeStamp, side };
    if (isDouble && side !== 0 && controls.skip(side * SKIP_S))
      flash(side < 0 ? `−${SKIP_S} s` : `+${SKIP_S} s`);
  };
  const onWheel = (event: WheelEvent) => {
    if (event.deltaY !== 0 && !event.ctrlKey) controls.turnVolume(event.deltaY < 0 ? 0.05 : -0.05);
  };
  return { onPointerDown, onClick, onWheel };
}
