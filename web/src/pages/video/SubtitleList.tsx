import { useSignal } from "@preact/signals";
import { Captions } from "lucide-preact";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import type { SubtitleOut } from "../../rest.gen";
import { trackName } from "../../subtitles/choice";
import { Button } from "../../ui/Button";
import { notify } from "../../ui/notices";
import { AskButton } from "../AskButton";
import { failureText } from "../failure";
import { AddSubtitles } from "./AddSubtitles";
import css from "./SubtitleList.module.css";

interface Props {
  videoId: string;
  tracks: readonly SubtitleOut[];
  onChanged: () => void;
}

/** The subtitles of the visitor's own video, and which are shown by default. */
export function SubtitleList({ videoId, tracks, onChanged }: Props) {
  const adding = useSignal(false);
  return (
    <section class={css.section} aria-labelledby="subtitles">
      <div class={css.top}>
        <h2 id="subtitles">{t("Subtitles")}</h2>
        <Button
          onClick={() => {
            adding.value = true;
          }}
        >
          <Captions size={18} aria-hidden="true" />
          {t("Add subtitles")}
        </Button>
      </div>
      {tracks.length === 0 ? (
        <p class={css.muted}>
          {t("No subtitles yet. Everyone who watches can turn on the ones you add.")}
        </p>
      ) : (
        <ul>
          {tracks.map((track) => (
            <Row key={track.id} videoId={videoId} track={track} onChanged={onChanged} />
          ))}
        </ul>
      )}
      {adding.value && (
        <AddSubtitles
          videoId={videoId}
          onAdded={onChanged}
          onClose={() => {
            adding.value = false;
          }}
        />
      )}
    </section>
  );
}

function Row({ videoId, track, onChanged }: Omit<Props, "tracks"> & { track: SubtitleOut }) {
  const name = trackName(track);
  /** Does something with the track, which may have been deleted in another window. */
  const act = async (action: () => Promise<unknown>) => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
    onChanged();
  };
  const isDefault = track.default;
  const choice = isDefault ? t("Don’t show by default") : t("Show by default");
  return (
    <li class={css.row}>
      <p class={css.about}>
        <span class={css.name} dir="auto">
          {name}
        </span>
        {isDefault && <span class={css.muted}>{t("Shown by default")}</span>}
      </p>
      <Button
        kind="quiet"
        aria-label={`${choice}: ${name}`}
        onClick={() =>
          act(() => library.setDefaultSubtitles(videoId, track.id, !isDefault)).catch((error) =>
            notify(failureText(error)),
          )
        }
      >
        {choice}
      </Button>
      <AskButton
        kind="quiet"
        aria-label={t("Delete {{name}}", { name })}
        question={{
          title: t("Delete these subtitles?"),
          text: t("“{{name}}” will be deleted for everyone who watches this video.", { name }),
          action: t("Delete subtitles"),
          danger: true,
        }}
        onConfirm={() => act(() => library.deleteSubtitles(videoId, track.id))}
      >
        {t("Delete")}
      </AskButton>
    </li>
  );
}
