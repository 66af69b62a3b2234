import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../language/t";
import { ANY, VideoSearch } from "../../library/search";
import { library } from "../../net/library";
import type { VideoOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Spinner } from "../../ui/Spinner";
import { TextField } from "../../ui/TextField";
import { Failed } from "../Failed";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import { badge, canPlay, lengthText } from "./labels";
import css from "./Picker.module.css";
import { Poster } from "./Poster";

interface Props {
  onPick: (video: VideoOut) => void;
  onClose: () => void;
}

const DEBOUNCE_MS = 300;

/** Chooses one of the visitor's videos. */
export function Picker({ onPick, onClose }: Props) {
  const [list] = useState(() => new VideoSearch(library.videos));
  const text = useSignal("");
  const timer = useRef(0);
  useEffect(() => {
    void list.search(ANY);
    return () => clearTimeout(timer.current);
  }, [list]);
  const search = (q: string) => {
    text.value = q;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void list.search({ ...ANY, q: q.trim() }), DEBOUNCE_MS);
  };
  return (
    <Dialog title={t("Choose from your library")} onClose={onClose}>
      <TextField
        label={t("Search titles")}
        hideLabel
        placeholder={t("Search titles")}
        type="search"
        value={text.value}
        data-focus
        // Enter must not submit a form around it.
        onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
        onText={search}
      />
      <Found list={list} onPick={onPick} />
    </Dialog>
  );
}

function Found({ list, onPick }: { list: VideoSearch; onPick: (video: VideoOut) => void }) {
  const { videos, failed, loading, next, query } = list.state.value;
  if (failed)
    return <Failed text={failureText(failed.error)} retry={() => void list.search(query)} />;
  if (!videos)
    return (
      <div class={css.waiting}>
        <Spinner size={28} />
        <span class="visually-hidden">{t("Loading your videos")}</span>
      </div>
    );
  if (videos.length === 0 && !loading)
    return (
      <p class={formCss.muted}>
        {query.q ? t("Nothing found.") : t("Your library is empty. Choose a file instead.")}
      </p>
    );
  return (
    <>
      <ul class={css.list}>
        {videos.map((video) => (
          <li key={video.id}>
            <Row video={video} onPick={() => onPick(video)} />
          </li>
        ))}
      </ul>
      {next !== null && (
        <Button busy={loading === "more"} onClick={() => void list.more()}>
          {t("Load more")}
        </Button>
      )}
    </>
  );
}

function Row({ video, onPick }: { video: VideoOut; onPick: () => void }) {
  return (
    <button type="button" class={css.row} disabled={!canPlay(video)} onClick={onPick}>
      <span class={css.poster}>
        <Poster src={video.poster_url} />
      </span>
      <span class={css.about}>
        <span class={css.title} dir="auto">
          {video.title}
        </span>
        <span class={css.facts}>{badge(video) ?? lengthText(video)}</span>
      </span>
    </button>
  );
}
