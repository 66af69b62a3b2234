import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useCallback, useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../language/t";
import type { Player } from "../../players/player";
import type { RoomSession } from "../../session/types";
import { isSubtitleFile } from "../../subtitles/fileNames";
import { classes } from "../../ui/classes";
import { notify } from "../../ui/notices";
import { useFileDrop } from "../../ui/useFileDrop";
import { ControlBar } from "./ControlBar";
import cues from "./Cues.module.css";
import { useRoom } from "./context";
import { End } from "./End";
import { Flash } from "./Flash";
import { FloatingReactions, PlaybackSession } from "./lazyParts";
import css from "./Stage.module.css";
import { PassingBanners, StageBanners } from "./StageBanners";
import { StageCover } from "./StageCover";
import type { Screen } from "./screen";
import { useControls } from "./useControls";
import { useGestures } from "./useGestures";
import { useLockedHint } from "./useLockedHint";
import { usePlayer } from "./usePlayer";
import { useShortcuts } from "./useShortcuts";
import { useSubtitles } from "./useSubtitles";
import { restoreVolume } from "./volume";

interface Props {
  screen: Screen;
  onChoose: () => void;
  onKeys: () => void;
}

const IDLE_MS = 3000;
/** A phone, or large text: nine buttons of 44 px do not fit. */
const NARROW_PX = 500;

/** The video in its black frame, with the bar and the messages over it. */
export function Stage({ screen, onChoose, onKeys }: Props) {
  const { session } = useRoom();
  const frame = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const { awake, wake } = useAwake(bar);
  const controls = useControls(screen);
  const player = session.player.value;
  const view = usePlayer(player);
  const { over_px: bar_px, isNarrow } = useBarSize(bar);
  const covered_px = useSignal(0);
  const subtitles = useSubtitles(session, covered_px);
  useShortcuts({ controls, subtitles, wake, onKeys });
  useFileDrop(
    useCallback((files: File[]) => {
      const file = files.find(isSubtitleFile);
      if (file) void subtitles.open(file);
      else notify(t("Only subtitles can be dropped here: SRT, WebVTT or ASS."));
    }, []),
  );
  useMounted(frame, player);

  // Do not cover a player that has its own controls; our bar is below it then.
  const overlaid = !player?.traits.ownControls;
  const playing = session.playing.value;
  const isReactedTo = useComputed(() => session.reactions.value !== null);
  const idle = overlaid && playing && !awake.value;
  useLayoutEffect(() => {
    covered_px.value = idle ? 0 : bar_px.value;
  });
  const style = subtitles.style.value;
  const gestures = useGestures(controls);
  // The visitor's role is unknown until the room has answered.
  const locked = session.you.value !== null && !session.canControl.value;
  // Only if the host is here, because the hint names who has control, and over a picture, not over
  // what is said in place of it.
  const isTold = session.hostAway.value === null && hasPicture(session);
  const [isHinted, hint] = useLockedHint(locked && isTold);
  return (
    <section
      class={classes(css.stage, idle && css.idle)}
      style={{ "--bar": `${bar_px.value}px` }}
      aria-label={t("Video")}
      onPointerMove={wake}
      onPointerDown={wake}
      onKeyDown={wake}
      onFocusIn={wake}
    >
      <div class={css.video}>
        {/* useShortcuts has keys for the same actions. */}
        <div
          ref={frame}
          class={classes(css.frame, ...[cues.cues, cues[style.colour], cues[style.background]])}
          {...gestures}
        />
        <StageCover buffering={view.value?.buffering ?? false} onChoose={onChoose} />
        <End onChoose={onChoose} />
        {isReactedTo.value && <FloatingReactions />}
        <PassingBanners locked={isHinted.value} />
        <Flash />
        <PlaybackSession />
      </div>
      <StageBanners />
      <div ref={bar} class={classes(css.bar, overlaid && css.over)}>
        <ControlBar
          {...{ screen, controls, subtitles, locked }}
          narrow={isNarrow.value}
          view={view.value}
          onLocked={hint}
        />
      </div>
    </section>
  );
}

/**
 * True for a few seconds after the last activity, and while a menu of the bar is open. The next key
 * shows the bar again.
 */
function useAwake(bar: { current: HTMLElement | null }) {
  const awake = useSignal(true);
  const timer = useRef(0);
  const wake = () => {
    awake.value = true;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      if (bar.current?.querySelector(":popover-open")) wake();
      else awake.value = false;
    }, IDLE_MS);
  };
  useEffect(() => {
    wake();
    return () => clearTimeout(timer.current);
  }, []);
  return { awake, wake };
}

/** Whether the video is there, and nothing lies over it. */
function hasPicture({ player, playerError, site, autoplayBlocked }: RoomSession): boolean {
  const isHindered = playerError.value !== null || autoplayBlocked.value;
  return player.value !== null && site.value === "answered" && !isHindered;
}

interface BarSize {
  /** How many pixels of the video the bar covers; 0 if it is below the video. */
  over_px: ReadonlySignal<number>;
  /** There is no space for all buttons. */
  isNarrow: ReadonlySignal<boolean>;
}

function useBarSize(bar: { current: HTMLElement | null }): BarSize {
  const over_px = useSignal(0);
  const isNarrow = useSignal(false);
  const measure = () => {
    const element = bar.current;
    const lies = element !== null && getComputedStyle(element).position === "absolute";
    over_px.value = lies ? element.offsetHeight : 0;
    isNarrow.value = element !== null && element.offsetWidth < NARROW_PX;
  };
  useLayoutEffect(measure);
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (bar.current) observer.observe(bar.current);
    return () => observer.disconnect();
  }, []);
  return { over_px, isNarrow };
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
