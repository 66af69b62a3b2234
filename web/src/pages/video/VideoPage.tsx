import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import type { VideoOut } from "../../rest.gen";
import { navigate } from "../../router";
import { Button } from "../../ui/Button";
import { LinkButton } from "../../ui/LinkButton";
import { notify } from "../../ui/notices";
import { me } from "../account";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import { videos } from "../library/videos";
import { Page } from "../Page";
import { Facts } from "./Facts";
import { Stage, StageSkeleton } from "./Stage";
import { VideoActions } from "./VideoActions";
import css from "./VideoPage.module.css";
import { VideoTitle } from "./VideoTitle";

/** One video: the picture, what can be done with it, and what is known of it. */
export function VideoPage({ id }: { id: string }) {
  // From the library's list it is known already.
  const video = useSignal<VideoOut | null>(videos.find(id));
  const failed = useSignal<ApiError | null>(null);
  const load = () => void read(id, video, failed);
  // Asked for once it is known who asks: a guest's session may be just beginning.
  const user = me.value;
  useEffect(() => {
    if (user !== undefined) load();
  }, [id, user?.id]);
  if (failed.value) return <Failed error={failed.value} retry={load} />;
  return (
    <Page title={video.value?.title ?? "Video"} width="full">
      {video.value ? <Known video={video.value} known={video} retry={load} /> : <Skeleton />}
    </Page>
  );
}

async function read(id: string, video: Signal<VideoOut | null>, failed: Signal<ApiError | null>) {
  try {
    failed.value = null;
    const found = await library.video(id);
    video.value = found;
    videos.put(found);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // What is known is shown on, as long as it is not certain that it is gone.
    if (!video.peek() || !error.retriable) failed.value = error;
  }
}

interface KnownProps {
  video: VideoOut;
  known: Signal<VideoOut | null>;
  retry: () => void;
}

function Known({ video, known, retry }: KnownProps) {
  const renamed = (fresh: VideoOut) => {
    known.value = fresh;
    videos.put(fresh);
  };
  const deleted = () => {
    videos.remove(video.id);
    navigate("/library");
    notify(`“${video.title}” is deleted.`);
  };
  return (
    <>
      <Stage video={video} onRetry={retry} />
      <div class={css.beneath}>
        <VideoTitle video={video} onRenamed={renamed} />
        <VideoActions video={video} onDeleted={deleted} />
        <Facts video={video} />
      </div>
    </>
  );
}

function Skeleton() {
  return (
    <>
      <StageSkeleton />
      <h1 tabIndex={-1} class="visually-hidden">
        Video
      </h1>
    </>
  );
}

function Failed({ error, retry }: { error: ApiError; retry: () => void }) {
  if (error.status === 404) return <Nowhere />;
  const signIn = error.status === 401;
  const next = encodeURIComponent(location.pathname);
  return (
    <Page title="Video" width="narrow">
      <h1 tabIndex={-1}>{signIn ? "Whose video is this?" : "The video does not load"}</h1>
      <p class={formCss.muted}>
        {signIn ? "Sign in to see the videos of your library." : failureText(error)}
      </p>
      <div>
        {signIn ? (
          <LinkButton href={`/sign-in?next=${next}`} kind="primary">
            Sign in
          </LinkButton>
        ) : (
          <Button kind="primary" onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </Page>
  );
}

function Nowhere() {
  return (
    <Page title="No such video" width="narrow">
      <h1 tabIndex={-1}>There is no such video in your library</h1>
      <p class={formCss.muted}>
        It was deleted, or it belongs to somebody else. A room’s invite link lets you watch with its
        owner.
      </p>
      <div>
        <LinkButton href="/library" kind="primary">
          Go to the library
        </LinkButton>
      </div>
    </Page>
  );
}
