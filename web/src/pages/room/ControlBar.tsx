import {
  Keyboard,
  Maximize,
  MessageSquare,
  Minimize,
  PanelRightClose,
  Pause,
  PictureInPicture2,
  Play,
  RectangleHorizontal,
  Shrink,
  SkipForward,
  Volume1,
  Volume2,
  VolumeX,
} from "lucide-preact";
import { useId } from "preact/hooks";
import { figure } from "../../language/language";
import { t } from "../../language/t";
import { Badge } from "../../ui/Badge";
import { classes } from "../../ui/classes";
import { IconButton } from "../../ui/IconButton";
import buttonCss from "../../ui/IconButton.module.css";
import { Menu } from "../../ui/Menu";
import { Sentence } from "../../ui/Sentence";
import { Slider } from "../../ui/Slider";
import { ChoicesMenu } from "../ChoicesMenu";
import css from "./ControlBar.module.css";
import { useRoom } from "./context";
import { ReactMenu } from "./ReactMenu";
import { SeekBar } from "./SeekBar";
import { SubtitlesMenu } from "./SubtitlesMenu";
import type { Screen } from "./screen";
import { type Controls, canLeave } from "./useControls";
import { useLockedHint } from "./useLockedHint";
import type { PlayerView } from "./usePlayer";
import type { Subtitles } from "./useSubtitles";
import { changeVolume } from "./volume";

export const SKIP_S = 10;
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

interface Props {
  screen: Screen;
  controls: Controls;
  view: PlayerView | null;
  subtitles: Subtitles;
  onKeys: () => void;
}

/** The player's bar. Playback is the host's; volume and size are everyone's own. */
export function ControlBar({ screen, controls, view, subtitles, onKeys }: Props) {
  const { session } = useRoom();
  const hint = useId();
  const state = session.state.value;
  const traits = session.player.value?.traits;
  // Before the room has answered, the visitor's role is not known.
  const locked = session.you.value !== null && !session.canControl.value;
  const disabled = !session.canControl.value || !state?.source;
  const describedBy = locked ? hint : undefined;
  const [said, say] = useLockedHint(locked);
  return (
    // What is locked is a disabled control, which the pointer passes through to the bar.
    <div class={css.bar} onPointerDown={(event) => locked && isLocked(event) && say()}>
      <SeekBar
        disabled={disabled || traits?.seek === false}
        buffered={view?.buffered ?? []}
        describedBy={describedBy}
      />
      <div class={css.row}>
        <IconButton
          icon={session.playing.value ? Pause : Play}
          label={session.playing.value ? t("Pause") : t("Play")}
          disabled={disabled}
          aria-describedby={describedBy}
          onClick={() => controls.togglePlay()}
        />
        <SkipButton by={-SKIP_S} {...{ disabled, describedBy, controls }} />
        <SkipButton by={SKIP_S} {...{ disabled, describedBy, controls }} />
        {session.canControl.value && session.queue.value?.items.length ? (
          <IconButton
            icon={SkipForward}
            label={t("Next in the queue")}
            onClick={() => session.next()}
          />
        ) : null}
        {traits?.volume !== false && <Volume controls={controls} view={view} />}
        <p id={hint} class={said.value ? css.hint : "visually-hidden"}>
          {locked && <LockedHint />}
        </p>
        <span class={css.spread} />
        {traits?.rate !== false && <RateMenu disabled={disabled} describedBy={describedBy} />}
        <ReactMenu />
        <SubtitlesMenu subtitles={subtitles} />
        <ChoicesMenu
          player={session.player.value}
          playable={session.playable.value}
          quality={session.quality.value}
          onQuality={session.setQuality}
        />
        <IconButton
          icon={Keyboard}
          label={t("Keyboard shortcuts")}
          class={css.keys}
          onClick={onKeys}
        />
        <ScreenButtons screen={screen} controls={controls} />
      </div>
    </div>
  );
}

/** Whether the pointer is where no control is that can be used, nor in a menu. */
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
      class={classes(buttonCss.button, css.skip)}
      title={label}
      aria-label={label}
      aria-describedby={describedBy}
      disabled={disabled}
      onClick={() => controls.skip(by)}
    >
      {by < 0 ? `−${-by}` : `+${by}`}
    </button>
  );
}

function LockedHint() {
  const { session, names } = useRoom();
  const cohosts = session.members.value.filter((member) => member.role === "cohost");
  const host = names.host.value;
  const who =
    cohosts.length === 0
      ? t("Only the host can pause or seek: {{host}}.", { host })
      : t("Only the host, {{host}}, and co-hosts can pause or seek.", { host });
  return (
    <span title={who}>
      <Sentence text={who} names={[host]} />
    </span>
  );
}

function Volume({ controls, view }: { controls: Controls; view: PlayerView | null }) {
  const { session } = useRoom();
  const player = session.player.value;
  const volume = view?.muted ? 0 : (view?.volume ?? 1);
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

interface RateProps {
  disabled: boolean;
  describedBy: string | undefined;
}

function RateMenu({ disabled, describedBy }: RateProps) {
  const { session } = useRoom();
  const rate = session.state.value?.rate ?? 1;
  return (
    <Menu
      label={t("Speed: {{rate}}×", { rate })}
      class={css.rate}
      disabled={disabled}
      describedBy={describedBy}
      items={RATES.map((value) => ({
        label: `${figure(value)}×`,
        checked: value === rate,
        onSelect: () => session.setRate(value),
      }))}
    >
      {`${figure(rate)}×`}
    </Menu>
  );
}

/** How the video fills the window, and whether the chat stays beside it. */
function ScreenButtons({ screen, controls }: { screen: Screen; controls: Controls }) {
  const { session } = useRoom();
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
      {canLeave(session.player.value?.element) && (
        <IconButton
          icon={PictureInPicture2}
          label={t("Picture in picture")}
          class={css.wide}
          onClick={controls.togglePictureInPicture}
        />
      )}
      {!full && (
        <IconButton
          icon={theatre ? Shrink : RectangleHorizontal}
          label={theatre ? t("Leave theatre mode") : t("Theatre mode")}
          class={css.wide}
          onClick={screen.toggleTheatre}
        />
      )}
      <IconButton
        icon={full ? Minimize : Maximize}
        label={full ? t("Exit fullscreen") : t("Fullscreen")}
        onClick={controls.toggleFullscreen}
      />
    </>
  );
}
