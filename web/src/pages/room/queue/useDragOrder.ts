// Changing the order of a list by dragging a handle, with a mouse, a pen or a finger.
//
// HTML drag and drop does not support touch, so this follows pointer events. A line shows where the
// row would go, and nothing moves until the pointer is released. Escape cancels.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface DragOrder {
  /** The dragged item. */
  readonly dragged: ReadonlySignal<string | null>;
  /** The row before which it would be placed, or the number of rows for the end; null to stay. */
  readonly line: ReadonlySignal<number | null>;
  start(event: PointerEvent, item: string): void;
}

/** Dragging this close to the edge scrolls the list. */
const EDGE_PX = 40;
const SCROLL_PX = 12;

/** `onDrop` gets the item and its new place, counted in the list without it. */
export function useDragOrder(
  list: RefObject<HTMLElement | null>,
  onDrop: (item: string, place: number) => void,
): DragOrder {
  const dragged = useSignal<string | null>(null);
  const line = useSignal<number | null>(null);
  const giveUp = useRef(() => {});
  useEffect(() => () => giveUp.current(), []);
  const start = (event: PointerEvent, item: string) => {
    const rows = list.current;
    if (!rows || event.button !== 0) return;
    // Do not also select text or scroll the page.
    event.preventDefault();
    const handle = event.currentTarget as HTMLElement;
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    dragged.value = item;
    const stop = new AbortController();
    let y = event.clientY;
    const end = () => {
      stop.abort();
      changed.disconnect();
      dragged.value = null;
      line.value = null;
    };
    const drop = () => {
      const before = line.value;
      const from = placeOf(rows, item);
      end();
      if (before !== null) onDrop(item, before > from ? before - 1 : before);
    };
    const options = { signal: stop.signal };
    const draw = () => {
      const from = placeOf(rows, item);
      // Somebody has removed it: its handle is gone, and never hears that the pointer is let go.
      if (from < 0) return end();
      const before = rowUnder(rows, y);
      line.value = before === from || before === from + 1 ? null : before;
    };
    const move = ({ clientY }: PointerEvent) => {
      y = clientY;
      scrollAtEdge(rows, y);
      draw();
    };
    const changed = new MutationObserver(draw);
    changed.observe(rows, { childList: true });
    giveUp.current = end;
    handle.addEventListener("pointermove", move, options);
    handle.addEventListener("pointerup", drop, options);
    handle.addEventListener("pointercancel", end, options);
    addEventListener("keydown", ({ key }) => key === "Escape" && end(), options);
  };
  return { dragged, line, start };
}

function placeOf(rows: HTMLElement, item: string): number {
  return [...rows.children].findIndex((row) => (row as HTMLElement).dataset.item === item);
}

/** The first row whose middle is below the pointer. */
function rowUnder(rows: HTMLElement, y: number): number {
  const found = [...rows.children].findIndex((row) => {
    const { top, height } = row.getBoundingClientRect();
    return y < top + height / 2;
  });
  return found < 0 ? rows.children.length : found;
}

function scrollAtEdge(rows: HTMLElement, y: number): void {
  const panel = rows.parentElement;
  if (!panel) return;
  const { top, bottom } = panel.getBoundingClientRect();
  if (y < top + EDGE_PX) panel.scrollBy(0, -SCROLL_PX);
  else if (y > bottom - EDGE_PX) panel.scrollBy(0, SCROLL_PX);
}
