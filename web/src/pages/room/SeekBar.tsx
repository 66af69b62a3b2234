import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Slider } from "../../ui/Slider";
import { clockTime } from "../../ui/time";
import { useRoom } from "./context";
import css from "./SeekBar.module.css";

interface Props {
  disabled: boolean;
  buffered: readonly (readonly [number, number])[];
  describedBy: string | undefined;
}

const STEP_S = 5;
/** When the room has not answered by then, the bar shows again where it is. */
const ANSWER_MS = 1500;

/** Where the room is in the work: elapsed, the bar, and the length. */
export function SeekBar({ disabled, buffered, describedBy }: Props) {
  const { session } = useRoom();
  const asked = useSignal<number | null>(null);
  const revision = session.state.value?.revision;
  // The place that was asked for stays on the bar until the room has answered.
  useEffect(() => {
    asked.value = null;
  }, [revision]);
  const seek = (position: number) => {
    asked.value = position;
    session.seek(position);
    setTimeout(() => {
      if (asked.value === position) asked.value = null;
    }, ANSWER_MS);
  };
  const position = asked.value ?? session.position.value;
  const duration = session.duration.value;
  return (
    <div class={css.line}>
      <time class={css.time}>{clockTime(position)}</time>
      <Slider
        class={css.bar}
        label="Position"
        value={duration === null ? 0 : position}
        max={duration ?? 0}
        step={STEP_S}
        format={clockTime}
        buffered={buffered}
        preview
        disabled={disabled || duration === null}
        describedBy={describedBy}
        onCommit={seek}
      />
      <time class={css.time}>{duration === null ? "–:––" : clockTime(duration)}</time>
    </div>
  );
}
