import { t } from "../../language/t";
import { type Tile, tileAt } from "../../players/storyboard";
import { Slider } from "../../ui/Slider";
import { clockTime } from "../../ui/time";
import { useRoom } from "./context";
import css from "./SeekBar.module.css";
import { useStoryboard } from "./useStoryboard";

interface Props {
  disabled: boolean;
  buffered: readonly (readonly [number, number])[];
  describedBy: string | undefined;
}

const STEP_S = 5;

/** The room's position: elapsed time, the bar, and the length. */
export function SeekBar({ disabled, buffered, describedBy }: Props) {
  const { session } = useRoom();
  const storyboard = useStoryboard(session.playable.value?.storyboard_url ?? null);
  // The bar shows the requested position until the room has answered.
  const position = session.asked.value ?? session.position.value;
  const duration = session.duration.value;
  return (
    <div class={css.line}>
      <time class={css.time}>{clockTime(position)}</time>
      <Slider
        class={css.bar}
        label={t("Position")}
        value={duration === null ? 0 : position}
        max={duration ?? 0}
        step={STEP_S}
        format={clockTime}
        buffered={buffered}
        reach={session.state.value?.made_until ?? null}
        preview
        picture={(value) => <Picture tile={tileAt(storyboard.cues.value, value)} />}
        onPointerEnter={storyboard.load}
        disabled={disabled || duration === null}
        describedBy={describedBy}
        onCommit={session.seek}
      />
      <time class={css.time}>{duration === null ? "–:––" : clockTime(duration)}</time>
    </div>
  );
}

function Picture({ tile }: { tile: Tile | null }) {
  if (!tile) return null;
  const { sheet, x, y, width, height } = tile;
  return (
    <div
      class={css.picture}
      style={{
        width: `${width}px`,
        height: `${height}px`,
        background: `url("${sheet}") -${x}px -${y}px`,
      }}
    />
  );
}
