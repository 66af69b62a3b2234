import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Player } from "../../players/player";
import { classes } from "../../ui/classes";
import { ControlBar } from "./ControlBar";
import { useRoom } from "./context";
import css from "./Stage.module.css";
import { StageBanners } from "./StageBanners";
import { StageCover } from "./StageCover";
import { useControls } from "./useControls";
import { usePlayer } from "./usePlayer";
import { useShortcuts } from "./useShortcuts";
import { restoreVolume } from "./volume";

interface Props {
  onChoose: () => void;
  onKeys: () => void;
}

const IDLE_MS = 3000;

/** The video in its black frame, with the bar and the messages over it. */
export function Stage({ onChoose, onKeys }: Props) {
  const { session } = useRoom();
  const stage = useRef<HTMLElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const { awake, wake } = useAwake();
  const controls = useControls(stage);
  const player = session.player.value;
  const view = usePlayer(player);
  useShortcuts({ controls, wake, onKeys });
  useMounted(frame, player);

  // A player with its own controls is not covered. Our bar is below it.
  const overlaid = !player?.traits.ownControls;
  const playing = session.playing.value;
  const idle = overlaid && playing && !awake.value;
  const onClick = (event: MouseEvent) => {
    // A touch only shows the bar. A mouse click plays and pauses, as in other players.
    if ((event as PointerEvent).pointerType === "mouse") controls.togglePlay();
  };
  return (
    <section
      ref={stage}
      class={classes(css.stage, idle && css.idle)}
      aria-label="Video"
      onPointerMove={wake}
      onPointerDown={wake}
      onFocusIn={wake}
    >
      <div class={css.video}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the bar's play button */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the key is k, see useShortcuts */}
        <div ref={frame} class={css.frame} onClick={onClick} />
        <StageCover buffering={view.value?.buffering ?? false} onChoose={onChoose} />
        <StageBanners />
      </div>
      <div class={classes(css.bar, overlaid && css.over)}>
        <ControlBar controls={controls} view={view.value} onKeys={onKeys} />
      </div>
    </section>
  );
}

/** True for a few seconds after the last activity. */
function useAwake() {
  const awake = useSignal(true);
  const timer = useRef(0);
  const wake = () => {
    awake.value = true;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      awake.value = false;
    }, IDLE_MS);
  };
  useEffect(() => {
    wake();
    return () => clearTimeout(timer.current);
  }, []);
  return { awake, wake };
}

/** Puts the player's element into the frame. */
function useMounted(frame: { current: HTMLElement | null }, player: Player | null): void {
  useEffect(() => {
    if (!player) return;
    frame.current?.append(player.element);
    restoreVolume(player);
    return () => player.element.remove();
  }, [player]);
}
