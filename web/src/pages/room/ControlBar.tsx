import {
  Maximize,
  MessageSquare,
  Minimize,
  PanelRightClose,
  Pause,
  Play,
  RotateCcw,
  SkipForward,
  Volume1,
  Volume2,
  VolumeX,
} from "lucide-preact";
import { useId, useRef } from "preact/hooks";
import { t } from "../../language/t";
import { Badge } from "../../ui/Badge";
import { classes } from "../../ui/classes";
import { IconButton } from "../../ui/IconButton";
import buttonCss from "../../ui/IconButton.module.css";
import { Slider } from "../../ui/Slider";
import css from "./ControlBar.module.css";
import { useRoom } from "./context";
import { LockedHint } from "./LockedHint";
import { PlayerMenu } from "./PlayerMenu";
import { ReactMenu } from "./ReactMenu";
import { SeekBar } from "./SeekBar";
import type { Screen } from "./screen";
import type { Controls } from "./useControls";
import type { PlayerView } from "./usePlayer";
import type { Subtitles } from "./useSubtitles";
import { changeVolume } from "./volume";

export const SKIP_S = 10;

interface Props {
  screen: Screen;
  controls: Controls;
  view: PlayerView | null;
  subtitles: Subtitles;
  /** The visitor may not control playback. */
  locked: boolean;
  /** Not all buttons fit: some of them are in the menu. */
  narrow: boolean;
  /** The visitor pressed a locked control. */
  onLocked: () => void;
}

/** The player's bar. Playback is for everyone; volume and size are the visitor's own. */
export function ControlBar({ screen, controls, view, subtitles, locked, narrow, onLocked }: Props) {
  const { session } = useRoom();
  const hint = useId();
  const state = session.state.value;
  const traits = session.player.value?.traits;
  const disabled = !session.canControl.value || !state?.source;
  const describedBy = locked ? hint : undefined;
  const hasNext = session.canControl.value && (session.queue.value?.items.length ?? 0) > 0;
  // Whoever has muted it sees that, and how to undo it; later the button stays where it is.
  const wasMuted = useRef(false);
  wasMuted.current ||= view !== null && loudness(view) === 0;
  const hasMute = traits?.volume !== false;
  const isMuteInMenu = narrow && !wasMuted.current;
  return (
    // Locked controls are disabled, so pointer events go to the bar.
    <div class={css.bar} onPointerDown={(event) => locked && isLocked(event) && onLocked()}>
      <SeekBar
        disabled={disabled || traits?.seek === false}
        buffered={view?.buffered ?? []}
        describedBy={describedBy}
      />
      <div class={classes(css.row, narrow && css.narrow)}>
        <IconButton
          icon={session.playing.value ? Pause : Play}
          label={session.playing.value ? t("Pause") : t("Play")}
          disabled={disabled}
          aria-describedby={describedBy}
          onClick={() => controls.togglePlay()}
        />
        <SkipButton by={-SKIP_S} {...{ disabled, describedBy, controls }} />
        <SkipButton by={SKIP_S} {...{ disabled, describedBy, controls }} />
        {hasNext && !narrow && (
          <IconButton
            icon={SkipForward}
            label={t("Next in the queue")}
            onClick={() => session.next()}
          />
        )}
        {hasMute && !isMuteInMenu && <Volume controls={controls} view={view} />}
        <span class={css.spread} />
        <ReactMenu />
        <PlayerMenu
          {...{ screen, controls, subtitles, describedBy, onLocked, narrow }}
          hasNext={hasNext && narrow}
          hasMute={hasMute && isMuteInMenu && view !== null}
        />
        <ScreenButtons screen={screen} controls={controls} />
      </div>
      {locked && (
        <p id={hint} class="visually-hidden">
          <LockedHint />
        </p>
      )}
    </div>
  );
}

/** Whether the pointer is outside menus and usable controls. */
function isLocked({ target }: PointerEvent): boolean {
  return !(target as Element).closest(
    "button:enabled, [role=slider]:not([aria-disabled=true]), [popover]",
  );
}

interface SkipProps {
  by: number;
  disabled: boolean;
  describedBy: string | undefined;
  controls: Controls;
}

function SkipButton({ by, disabled, describedBy, controls }: SkipProps) {
  const label =
    by < 0 ? t("Back {{by}} seconds", { by: -by }) : t("Forward {{by}} seconds", { by });
  return (
    <button
      type="button"
      class={classes(buttonCss.button, css.skip, by > 0 && css.forward)}
      title={label}
      aria-label={label}
      aria-describedby={describedBy}
      disabled={disabled}
      onClick={() => controls.skip(by)}
    >
      <RotateCcw size={26} strokeWidth={1.75} aria-hidden="true" />
      <span aria-hidden="true">{Math.abs(by)}</span>
    </button>
  );
}

/** The volume that the visitor hears. */
function loudness(view: PlayerView | null): number {
  return view?.muted ? 0 : (view?.volume ?? 1);
}

function Volume({ controls, view }: { controls: Controls; view: PlayerView | null }) {
  const { session } = useRoom();
  const player = session.player.value;
  const volume = loudness(view);
  const icon = volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  const turn = (to: number) => {
    if (player) changeVolume(player, to);
  };
  return (
    <>
      <IconButton
        icon={icon}
        label={volume === 0 ? t("Unmute") : t("Mute")}
        disabled={!player}
        onClick={controls.toggleMute}
      />
      <Slider
        class={css.volume}
        label={t("Volume")}
        value={volume}
        max={1}
        step={0.05}
        format={(value) => `${Math.round(value * 100)} %`}
        disabled={!player}
        onDrag={turn}
        onCommit={turn}
      />
    </>
  );
}

/** Fullscreen, and whether the chat stays next to the video. */
function ScreenButtons({ screen, controls }: { screen: Screen; controls: Controls }) {
  const theatre = screen.theatre.value;
  const full = screen.full.value;
  const beside = screen.beside.value;
  const toggleBeside = () => {
    screen.beside.value = !beside;
  };
  return (
    <>
      {(theatre || full) && (
        <span class={css.chat}>
          <IconButton
            icon={beside ? PanelRightClose : MessageSquare}
            label={beside ? t("Hide chat") : t("Show chat")}
            onClick={toggleBeside}
          />
          {!beside && screen.unread.value > 0 && (
            <Badge count={screen.unread.value} what={t("new messages")} />
          )}
        </span>
      )}
      <IconButton
        icon={full ? Minimize : Maximize}
        label={full ? t("Exit fullscreen") : t("Fullscreen")}
        onClick={controls.toggleFullscreen}
      />
    </>
  );
}
