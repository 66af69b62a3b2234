import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import type { VideoDetails, VideoOut } from "../../rest.gen";
import { navigate, signInPath } from "../../router";
import { Button } from "../../ui/Button";
import { LinkButton } from "../../ui/LinkButton";
import { notify } from "../../ui/notices";
import { useOnline } from "../../ui/useOnline";
import { me } from "../account";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import { videos } from "../library/videos";
import { Page } from "../Page";
import { WhyUnknown } from "../WhyUnknown";
import { Facts } from "./Facts";
import { MakingBeside } from "./Making";
import { useJob } from "./processing";
import { Stage, StageSkeleton } from "./Stage";
import { SubtitleList } from "./SubtitleList";
import { VideoActions } from "./VideoActions";
import css from "./VideoPage.module.css";
import { VideoTitle } from "./VideoTitle";

/** A video. The library's list has everything but its subtitles. */
type Shown = VideoOut & Partial<VideoDetails>;

/** The page of one video: the player, its actions and its details. */
export function VideoPage({ id }: { id: string }) {
  // The library's list may have it already.
  const video = useSignal<Shown | null>(videos.find(id));
  const failed = useSignal<ApiError | null>(null);
  const load = () => void read(id, video, failed);
  // Wait until the visitor is known, because a guest's session may be just starting.
  const user = me.value;
  useEffect(() => {
    if (user !== undefined) load();
  }, [id, user?.id]);
  if (failed.value) return <Failed error={failed.value} retry={load} />;
  return (
    <Page title={video.value?.title ?? t("Video")} width="full">
      {video.value ? <Known video={video.value} known={video} retry={load} /> : <Skeleton />}
    </Page>
  );
}

async function read(id: string, video: Signal<Shown | null>, failed: Signal<ApiError | null>) {
  try {
    failed.value = null;
    const found = await library.video(id);
    video.value = found;
    videos.put(found);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Keep showing the known video, unless it is certainly gone.
    if (!video.peek() || !error.retriable) failed.value = error;
  }
}

interface KnownProps {
  video: Shown;
  known: Signal<Shown | null>;
  retry: () => void;
}

function Known({ video, known, retry }: KnownProps) {
  const renamed = (fresh: VideoDetails) => {
    known.value = fresh;
    videos.put(fresh);
  };
  const shared = (shared: boolean) => {
    known.value = { ...video, shared };
  };
  const deleted = () => {
    videos.remove(video.id);
    navigate("/library");
    notify(t("“{{title}}” is deleted.", { title: video.title }));
  };
  const [{ value: job }, askAgain] = useJob(video, retry);
  const retried = () => {
    askAgain();
    retry();
  };
  return (
    <>
      <Stage video={video} job={job} onRetry={retried} />
      <div class={css.beneath}>
        <VideoTitle video={video} onRenamed={renamed} />
        <MakingBeside video={video} job={job} onRetried={retried} />
        <VideoActions video={video} onDeleted={deleted} onShared={shared} />
        <Facts video={video} />
        {/* Last, because the library's list does not know them. */}
        {video.subtitles && (
          <SubtitleList videoId={video.id} tracks={video.subtitles} onChanged={retry} />
        )}
      </div>
    </>
  );
}

function Skeleton() {
  return (
    <>
      <WhyUnknown />
      <StageSkeleton />
      <h1 tabIndex={-1} class="visually-hidden">
        {t("Video")}
      </h1>
    </>
  );
}

function Failed({ error, retry }: { error: ApiError; retry: () => void }) {
  useOnline(retry);
  if (error.status === 404) return <Nowhere />;
  const signIn = error.status === 401;
  return (
    <Page title={t("Video")} width="narrow">
      <h1 tabIndex={-1}>
        {signIn ? t("Sign in to see this video") : t("The video couldn’t be loaded")}
      </h1>
      <p class={formCss.muted}>
        {signIn ? t("You can see it if it is in your library.") : failureText(error)}
      </p>
      <div>
        {signIn ? (
          <LinkButton href={signInPath()} kind="primary">
            {t("Sign in")}
          </LinkButton>
        ) : (
          <Button kind="primary" onClick={retry}>
            {t("Try again")}
          </Button>
        )}
      </div>
    </Page>
  );
}

function Nowhere() {
  return (
    <Page title={t("Video not found")} width="narrow">
      <h1 tabIndex={-1}>{t("Video not found")}</h1>
      <p class={formCss.muted}>
        {t(
          "It was deleted, or it belongs to someone else. To watch with its owner, ask for an invite link to a room.",
        )}
      </p>
      <div>
        <LinkButton href="/library" kind="primary">
          {t("Go to the library")}
        </LinkButton>
      </div>
    </Page>
  );
}
