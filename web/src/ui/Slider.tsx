import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../language/t";
import { classes } from "./classes";
import { keyAlone } from "./keyAlone";
import css from "./Slider.module.css";

interface Props {
  label: string;
  value: number;
  max: number;
  /** How far one arrow key moves it. */
  step: number;
  format: (value: number) => string;
  /** Called while dragging. `onCommit` gets the final value. */
  onDrag?: (value: number) => void;
  onCommit: (value: number) => void;
  /** Loaded parts, in the unit of `value`. */
  buffered?: readonly (readonly [number, number])[];
  /** How far it can currently be moved, if not to `max`. */
  reach?: number | null;
  /** Shows the value under the pointer. */
  preview?: boolean;
  /** What is shown above that value. */
  picture?: (value: number) => ComponentChildren;
  onPointerEnter?: () => void;
  disabled?: boolean;
  describedBy?: string | undefined;
  class?: string | undefined;
}

/** A bar to drag or to step through with the arrow keys (WAI-ARIA slider pattern). */
export function Slider(props: Props) {
  const { max, disabled, format } = props;
  const track = useRef<HTMLDivElement>(null);
  const dragged = useSignal<number | null>(null);
  const hovered = useSignal<number | null>(null);

  const under = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    const part = box?.width ? (event.clientX - box.left) / box.width : 0;
    return Math.min(Math.max(part, 0), 1) * max;
  };
  const drag = (event: PointerEvent) => {
    dragged.value = under(event);
    props.onDrag?.(dragged.value);
  };
  const move = (event: PointerEvent) => {
    hovered.value = event.pointerType === "mouse" ? under(event) : null;
    if (dragged.value !== null) drag(event);
  };
  const start = (event: PointerEvent) => {
    if (disabled || event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    drag(event);
  };
  const end = () => {
    if (dragged.value !== null) props.onCommit(dragged.value);
    dragged.value = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = stepped(keyAlone(event), props);
    if (to === null || disabled) return;
    event.preventDefault();
    event.stopPropagation();
    props.onCommit(to);
  };

  const value = Math.min(dragged.value ?? props.value, max);
  const reach = props.reach ?? null;
  const shown = dragged.value ?? (props.preview ? hovered.value : null);
  return (
    <div
      role="slider"
      tabIndex={disabled ? -1 : 0}
      class={classes(css.slider, disabled && css.disabled, props.class)}
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={Math.round(max * 100) / 100}
      aria-valuenow={Math.round(value * 100) / 100}
      aria-valuetext={
        reach === null
          ? format(value)
          : t("{{at}} of {{end}} so far", { at: format(value), end: format(reach) })
      }
      aria-disabled={disabled || undefined}
      aria-describedby={props.describedBy}
      {...(props.onPointerEnter && { onPointerEnter: props.onPointerEnter })}
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={() => {
        dragged.value = null;
      }}
      onPointerLeave={() => {
        hovered.value = null;
      }}
      onKeyDown={onKeyDown}
    >
      <div ref={track} class={css.track}>
        {props.buffered?.map(([from, to]) => (
          <div
            key={from}
            class={css.buffered}
            style={{ left: percent(from, max), width: percent(to - from, max) }}
          />
        ))}
        {reach !== null && reach < max && (
          <div class={css.missing} style={{ left: percent(reach, max) }} />
        )}
        <div class={css.filled} style={{ width: percent(value, max) }} />
        <div class={css.thumb} style={{ left: percent(value, max) }} />
        {shown !== null && props.preview && max > 0 && (
          <div class={css.preview} style={{ left: percent(shown, max) }} aria-hidden="true">
            {props.picture?.(shown)}
            {format(shown)}
          </div>
        )}
      </div>
    </div>
  );
}

function percent(value: number, max: number): string {
  return `${max > 0 ? Math.min(Math.max(value / max, 0), 1) * 100 : 0}%`;
}

function stepped(key: string, { value, max, step }: Props): number | null {
  const to: Record<string, number> = {
    ArrowLeft: value - step,
    ArrowDown: value - step,
    ArrowRight: value + step,
    ArrowUp: value + step,
    PageDown: value - 10 * step,
    PageUp: value + 10 * step,
    Home: 0,
    End: max,
  };
  const wanted = to[key];
  return wanted === undefined ? null : Math.min(Math.max(wanted, 0), max);
}
