import { useSignal } from "@preact/signals";
import { Minus, Plus } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError } from "../../net/api";
import { library } from "../../net/library";
import { offsetText, trackName } from "../../subtitles/choice";
import { SUBTITLE_FILES } from "../../subtitles/fileNames";
import { COLOURS, SIZES, type SubtitleStyle } from "../../subtitles/style";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { IconButton } from "../../ui/IconButton";
import { notify } from "../../ui/notices";
import { hasMouse } from "../../ui/pointer";
import { Select } from "../../ui/Select";
import { ChoiceGroup } from "../ChoicesMenu";
import { failureText } from "../failure";
import { useRoom } from "./context";
import css from "./SubtitlesPanel.module.css";
import { LOCAL, OFFSET_STEP_S, type Subtitles } from "./useSubtitles";

interface Props {
  subtitles: Subtitles;
}

/** The choice of subtitles, their style and their delay. */
export function SubtitlesPanel({ subtitles }: Props) {
  const { session } = useRoom();
  useEffect(() => session.refreshSubtitles(), [session]);
  return (
    <div class={css.panel}>
      <Tracks subtitles={subtitles} />
      {subtitles.own.value && <OpenFile subtitles={subtitles} />}
      <ForEveryone subtitles={subtitles} />
      {subtitles.own.value && (
        <>
          <Timing subtitles={subtitles} />
          <Look subtitles={subtitles} />
        </>
      )}
    </div>
  );
}

function Tracks({ subtitles }: Props) {
  const shown = subtitles.shown.value?.id ?? null;
  const options = [
    { id: null, label: t("Off") },
    ...subtitles.tracks.value.map((track) => ({ id: track.id, label: trackName(track) })),
  ].map(({ id, label }) => ({
    label,
    checked: id === shown,
    choose: () => subtitles.choose(id),
  }));
  return <ChoiceGroup title={t("Subtitles")} options={options} hideTitle />;
}

function OpenFile({ subtitles }: Props) {
  return (
    <div class={css.file}>
      <label class={css.open}>
        {t("Open a file…")}
        <input
          type="file"
          class="visually-hidden"
          accept={SUBTITLE_FILES}
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file) void subtitles.open(file);
            currentTarget.value = "";
          }}
        />
      </label>
      <p class={css.hint}>
        {subtitles.local.value
          ? t("The file is shown in this browser only.")
          : hasMouse.matches
            ? t(
                "SRT, WebVTT or ASS. It is shown in this browser only; you can also drop it on the video.",
              )
            : t("SRT, WebVTT or ASS. It is shown in this browser only.")}
      </p>
      <AddToVideo subtitles={subtitles} />
    </div>
  );
}

/** Lets the video's owner add the opened file to the video, for everyone. */
function AddToVideo({ subtitles }: Props) {
  const { session } = useRoom();
  const mine = useSignal(false);
  const busy = useSignal(false);
  const local = subtitles.local.value;
  const source = session.state.value?.source;
  const id = source?.provider === "library" ? source.external_id : null;
  useEffect(() => {
    mine.value = false;
    if (id === null || local === null) return;
    // People other than the owner get 404.
    library.video(id).then(
      () => {
        mine.value = true;
      },
      () => {},
    );
  }, [id, local]);
  if (!mine.value || id === null || local === null) return null;
  const add = async () => {
    busy.value = true;
    try {
      const { file, label, language } = local;
      const { id: track } = await library.addSubtitles(id, file, { label, language });
      session.refreshSubtitles();
      subtitles.replaceFile(track);
      notify(t("Added to the video. Everyone in the room can choose it."));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notify(failureText(error));
    } finally {
      busy.value = false;
    }
  };
  return (
    <Button busy={busy.value} onClick={add}>
      {t("Add to the video")}
    </Button>
  );
}

/** The room's track, which the host sets and others can override for themselves. */
function ForEveryone({ subtitles }: Props) {
  const { session } = useRoom();
  const shown = subtitles.shown.value?.id ?? null;
  const ofRoom = session.state.value?.subtitle ?? null;
  if (!session.canControl.value || shown === null || shown === LOCAL) return null;
  return (
    <Checkbox
      label={t("Show these to everyone who has not chosen")}
      checked={ofRoom === shown}
      onChange={(on) => session.showSubtitles(on ? shown : null)}
    />
  );
}

function Timing({ subtitles }: Props) {
  const offset = subtitles.offset.value;
  return (
    <div class={css.line}>
      <span>{t("Timing")}</span>
      <span class={css.steps}>
        <IconButton
          icon={Minus}
          label={t("Earlier by 0.1 seconds")}
          onClick={() => subtitles.nudge(-OFFSET_STEP_S)}
        />
        <button
          type="button"
          class={css.offset}
          title={t("Back to the file’s own timing")}
          disabled={offset === 0}
          onClick={() => subtitles.nudge(0)}
        >
          <output>{offsetText(offset)}</output>
        </button>
        <IconButton
          icon={Plus}
          label={t("Later by 0.1 seconds")}
          onClick={() => subtitles.nudge(OFFSET_STEP_S)}
        />
      </span>
    </div>
  );
}

const SIZE_NAMES = {
  small: t("Small"),
  normal: t("Normal"),
  large: t("Large"),
  huge: t("Very large"),
};
const COLOUR_NAMES = { white: t("White"), yellow: t("Yellow"), green: t("Green"), blue: t("Blue") };
const BACKGROUNDS = [
  ["shadow", t("Shadow")],
  ["box", t("Dark box")],
] as const;

function Look({ subtitles }: Props) {
  const { size, colour, background } = subtitles.style.value;
  const set = (part: Partial<SubtitleStyle>) => subtitles.setStyle(part);
  const sizes = Object.keys(SIZES) as (keyof typeof SIZES)[];
  return (
    <div class={css.look}>
      <Select
        label={t("Size")}
        value={size}
        options={sizes.map((each) => [each, SIZE_NAMES[each]] as const)}
        onChange={(value) => set({ size: value })}
      />
      <Select
        label={t("Colour")}
        value={colour}
        options={COLOURS.map((each) => [each, COLOUR_NAMES[each]] as const)}
        onChange={(value) => set({ colour: value })}
      />
      <Select
        label={t("Background")}
        value={background}
        options={BACKGROUNDS}
        onChange={(value) => set({ background: value })}
      />
    </div>
  );
}
