import { useSignal } from "@preact/signals";
import { ChevronLeft, ChevronRight } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { figure } from "../../language/language";
import { t } from "../../language/t";
import { trackName } from "../../subtitles/choice";
import { ChoiceGroup, useChoices } from "../ChoicesMenu";
import { useRoom } from "./context";
import css from "./PlayerPanel.module.css";
import { hasSpeed, hasSubtitles } from "./playerSettings";
import { SubtitlesPanel } from "./SubtitlesPanel";
import type { Screen } from "./screen";
import { type Controls, canLeave } from "./useControls";
import type { Subtitles } from "./useSubtitles";

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

export interface PlayerPanelProps {
  screen: Screen;
  controls: Controls;
  subtitles: Subtitles;
  /** The id of the hint that others choose the speed; undefined if the visitor may. */
  describedBy: string | undefined;
  /** The visitor pressed it although it is locked. */
  onLocked: () => void;
  /** Whether there are these buttons here, instead of on the bar. */
  hasNext: boolean;
  hasMute: boolean;
  close: () => void;
}

/** One row of the panel, and the page that it opens. */
interface Part {
  title: string;
  value: string;
  /** The visitor may not change it. */
  locked?: boolean;
  page: () => ComponentChildren;
}

/** Subtitles, speed, language, quality, how the video fills the window, and what the bar lacks. */
export function PlayerPanel(props: PlayerPanelProps) {
  const parts = useParts(props);
  const open = useSignal<string | null>(null);
  const panel = usePanelFocus(open.value);
  const part = parts.find(({ title }) => title === open.value);
  return (
    <div ref={panel} class={css.panel}>
      {part ? (
        <>
          <button
            type="button"
            class={css.back}
            aria-label={t("{{title}}: back to the settings", { title: part.title })}
            onClick={() => {
              open.value = null;
            }}
          >
            <ChevronLeft size={18} aria-hidden="true" />
            {part.title}
          </button>
          {part.page()}
        </>
      ) : (
        <>
          <Buttons {...props} />
          {parts.map(({ title, value, locked }) => (
            <button
              key={title}
              type="button"
              class={css.line}
              data-title={title}
              // Not disabled, so that pressing it can explain why it is locked.
              aria-disabled={locked || undefined}
              aria-describedby={locked ? props.describedBy : undefined}
              onClick={() => {
                if (locked) props.onLocked();
                else open.value = title;
              }}
            >
              {title}
              <span class={css.value} dir="auto">
                {value}
              </span>
              <ChevronRight size={18} aria-hidden="true" />
            </button>
          ))}
          <Window {...props} />
        </>
      )}
    </div>
  );
}

function useParts({ subtitles }: PlayerPanelProps): Part[] {
  const { session } = useRoom();
  const { player, playable, quality, setQuality } = session;
  const groups = useChoices({
    player: player.value,
    playable: playable.value,
    quality: quality.value,
    onQuality: setQuality,
  });
  const parts: Part[] = [];
  if (hasSubtitles(subtitles)) {
    const shown = subtitles.shown.value;
    parts.push({
      title: t("Subtitles"),
      value: shown ? trackName(shown) : t("Off"),
      page: () => <SubtitlesPanel subtitles={subtitles} />,
    });
  }
  if (hasSpeed(session)) {
    const rate = session.state.value?.rate ?? 1;
    const options = RATES.map((value) => ({
      label: `${figure(value)}×`,
      checked: value === rate,
      choose: () => session.setRate(value),
    }));
    parts.push({
      title: t("Speed"),
      value: `${figure(rate)}×`,
      locked: !session.canControl.value,
      page: () => <ChoiceGroup title={t("Speed")} options={options} hideTitle />,
    });
  }
  for (const [title, options] of groups)
    parts.push({
      title,
      value: options.find(({ checked }) => checked)?.label ?? "",
      page: () => <ChoiceGroup title={title} options={options} hideTitle />,
    });
  return parts;
}

/** The buttons for which the bar has no space. */
function Buttons({ controls, hasNext, hasMute, close }: PlayerPanelProps) {
  const { session } = useRoom();
  const pressed = (action: () => void) => () => {
    close();
    action();
  };
  return (
    <>
      {hasNext && (
        <button type="button" class={css.line} onClick={pressed(() => session.next())}>
          {t("Next in the queue")}
        </button>
      )}
      {hasMute && (
        <button type="button" class={css.line} onClick={pressed(controls.toggleMute)}>
          {t("Mute")}
        </button>
      )}
    </>
  );
}

/** Whether the video is part of the page or fills the window. */
function Window({ screen, controls, close }: PlayerPanelProps) {
  const { session } = useRoom();
  const theatre = screen.theatre.value;
  const pressed = (action: () => void) => () => {
    close();
    action();
  };
  return (
    <>
      {canLeave(session.player.value?.element) && (
        <button type="button" class={css.line} onClick={pressed(controls.togglePictureInPicture)}>
          {t("Picture in picture")}
        </button>
      )}
      {screen.hasTheatre.value && (
        <button type="button" class={css.line} onClick={pressed(screen.toggleTheatre)}>
          {theatre ? t("Leave theatre mode") : t("Theatre mode")}
        </button>
      )}
    </>
  );
}

/**
 * Moves the focus into the opened page, where what is chosen is in sight, and back to its row
 * afterwards.
 */
function usePanelFocus(open: string | null) {
  const panel = useRef<HTMLDivElement>(null);
  const before = useRef<string | null>(null);
  useLayoutEffect(() => {
    const lines = [...(panel.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const left = lines.find((line) => line.dataset.title === before.current);
    if (open !== before.current) (open === null ? left : lines[0])?.focus();
    panel.current?.querySelector(":checked")?.parentElement?.scrollIntoView({ block: "nearest" });
    before.current = open;
  }, [open]);
  return panel;
}
