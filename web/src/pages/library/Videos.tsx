import { useSignal, useSignalEffect } from "@preact/signals";
import { Plus, SquareCheck } from "lucide-preact";
import { useCallback, useEffect } from "preact/hooks";
import { t } from "../../language/t";
import type { ListState } from "../../library/search";
import { query } from "../../router";
import { Button } from "../../ui/Button";
import { useFileDrop } from "../../ui/useFileDrop";
import { useOnline } from "../../ui/useOnline";
import { Failed } from "../Failed";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import { wantUploads } from "../uploading";
import { AddDialog } from "./AddDialog";
import { AddVideo } from "./AddVideo";
import { addFiles } from "./addFiles";
import { ChosenBar } from "./ChosenBar";
import type { Chosen } from "./chosen";
import { FilterRow } from "./FilterRow";
import { isAny, isSame, queryOf, writeQuery } from "./query";
import { VideoGrid, VideoSkeletons } from "./VideoGrid";
import css from "./Videos.module.css";
import { videos } from "./videos";

/** The grid of videos with its search and buttons to add some. */
export function Videos({ owner }: { owner: string }) {
  const adding = useSignal(false);
  const chosen: Chosen = useSignal(null);
  const state = videos.state.value;
  useEffect(() => {
    if (isSame(queryOf(query.peek()), videos.state.peek().query)) void videos.refresh();
    void wantUploads().then(({ showUnfinished }) => showUnfinished(owner));
  }, [owner]);
  // The address holds the query, whether typed here or from a link.
  useSignalEffect(() => {
    const wanted = queryOf(query.value);
    if (!isSame(wanted, videos.state.peek().query)) void videos.search(wanted);
  });
  const hovering = useFileDrop(useCallback(addFiles, []));
  const empty = state.videos?.length === 0 && isAny(state.query) && !state.loading;
  return (
    <>
      <div class={css.heading}>
        <div>
          <h1 tabIndex={-1}>{t("Library")}</h1>
          <output class={css.count}>{!empty && countText(state)}</output>
        </div>
        {!empty && (
          <div class={css.actions}>
            <Button
              kind="quiet"
              aria-pressed={chosen.value !== null}
              onClick={() => {
                chosen.value = chosen.value === null ? new Set() : null;
              }}
            >
              <SquareCheck size={18} aria-hidden="true" />
              {t("Select")}
            </Button>
            <Button
              kind="primary"
              onClick={() => {
                adding.value = true;
              }}
            >
              <Plus size={18} aria-hidden="true" />
              {t("Add videos")}
            </Button>
          </div>
        )}
      </div>
      {empty ? <Empty hovering={hovering.value} /> : <Results state={state} chosen={chosen} />}
      {hovering.value && <div class={css.drop}>{t("Drop to add to your library")}</div>}
      {adding.value && (
        <AddDialog
          onClose={() => {
            adding.value = false;
          }}
        />
      )}
    </>
  );
}

/** How many there are; nothing while that is not known. */
function countText({ videos, failed, total, query }: ListState): string {
  if (!videos || failed?.what === "first") return "";
  if (!isAny(query)) return t("{{count}} found", { count: total });
  return t("{{count}} videos", { count: total });
}

function Empty({ hovering }: { hovering: boolean }) {
  return (
    <section class={css.empty} aria-label={t("Add your first video")}>
      <p>{t("Your library is empty. Add a video to watch it with anyone, any time.")}</p>
      <AddVideo hovering={hovering} onAdded={() => {}} />
    </section>
  );
}

interface ResultsProps {
  state: ListState;
  chosen: Chosen;
}

function Results({ state, chosen }: ResultsProps) {
  return (
    <>
      <FilterRow query={state.query} onChange={writeQuery} />
      <Content state={state} chosen={chosen} />
      <ChosenBar chosen={chosen} videos={state.videos ?? []} total={state.total} />
    </>
  );
}

function Content({ state, chosen }: ResultsProps) {
  const { videos: list, loading, failed, query } = state;
  if (failed?.what === "first")
    return <Failed text={failureText(failed.error)} retry={() => void videos.search(query)} />;
  if (!list) return <VideoSkeletons />;
  if (list.length === 0 && loading === null)
    return (
      <p class={formCss.muted}>{t("No videos match. Try a shorter search, or show all videos.")}</p>
    );
  return (
    <>
      <VideoGrid videos={list} stale={loading === "first"} chosen={chosen} />
      {state.next !== null && <More state={state} />}
    </>
  );
}

function More({ state: { failed, loading } }: { state: ListState }) {
  useOnline(() => failed && void load());
  const load = async () => {
    const before = videos.state.peek().videos?.length ?? 0;
    await videos.more();
    // Move the focus to the first new card, because the button moves or disappears.
    requestAnimationFrame(() => {
      const cards = document.querySelectorAll<HTMLElement>("main li a");
      cards[before]?.focus({ preventScroll: true });
    });
  };
  return (
    <div class={css.more}>
      {failed && (
        <p class={formCss.error} role="alert">
          {failureText(failed.error)}
        </p>
      )}
      <Button busy={loading === "more"} onClick={load}>
        {failed ? t("Try again") : t("Load more")}
      </Button>
    </div>
  );
}
