import { Captions, CaptionsOff } from "lucide-preact";
import { t } from "../../language/t";
import { lazy } from "../../ui/lazy";
import { Popover } from "../../ui/Popover";
import type { Subtitles } from "./useSubtitles";

const SubtitlesPanel = lazy(async () => (await import("./SubtitlesPanel")).SubtitlesPanel);

/** The button for subtitles in the bar; the panel's code is loaded when it is first opened. */
export function SubtitlesMenu({ subtitles }: { subtitles: Subtitles }) {
  const shown = subtitles.shown.value;
  if (!subtitles.own.value && subtitles.tracks.value.length === 0) return null;
  return (
    <Popover icon={shown ? Captions : CaptionsOff} label={t("Subtitles")} on={shown !== null}>
      {() => <SubtitlesPanel subtitles={subtitles} />}
    </Popover>
  );
}
