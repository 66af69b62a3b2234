import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t, translated } from "../../language/t";
import { VideoSession } from "../../library/videoSession";
import { library } from "../../net/library";
import { browserTimers } from "../../net/timers";
import { createOwnPlayer, noteRefusal } from "../../players/create";
import type { Player, PlayerError } from "../../players/player";
import type {
  JobOut,
  OnlyWhere,
  Problem,
  SubtitleOut,
  VideoDetails,
  VideoOut,
} from "../../rest.gen";
import { trackName } from "../../subtitles/choice";
import { Button } from "../../ui/Button";
import { Spinner } from "../../ui/Spinner";
import { ChoicesMenu } from "../ChoicesMenu";
import { canPlay, STATUS } from "../library/labels";
import { PASSING } from "../passingFailures";
import { rememberVolume, restoreVolume } from "../room/volume";
import { Making } from "./Making";
import css from "./Stage.module.css";

interface Props {
  video: VideoOut & Partial<VideoDetails>;
  /** Its newest conversion job. */
  job: JobOut | null;
  onRetry: () => void;
}

const WIDE = 16 / 9;

/** The video in its own aspect ratio, or why it cannot be played. */
export function Stage({ video, job, onRetry }: Props) {
  const { width, height } = video;
  const ratio = width && height ? width / height : WIDE;
  return (
    <section class={css.stage} style={{ "--ratio": ratio }} aria-label={t("Video")}>
      {canPlay(video) ? (
        <VideoPlayer key={video.id} video={video} onFailure={onRetry} />
      ) : (
        <Unplayable video={video} job={job} onRetry={onRetry} />
      )}
    </section>
  );
}

export function StageSkeleton() {
  return (
    <div class={css.stage} style={{ "--ratio": WIDE }} aria-busy="true">
      <Busy />
    </div>
  );
}

function Busy() {
  return (
    <div class={css.busy}>
      <Spinner size={40} onVideo />
      <span class="visually-hidden">{t("Loading the video")}</span>
    </div>
  );
}

function VideoPlayer({ video, onFailure }: Pick<Props, "video"> & { onFailure: () => void }) {
  const { id, poster_url, title, only_where } = video;
  const session = useMemo(() => newSession(id, only_where), [id]);
  useEffect(() => {
    session.start();
    return () => session.dispose();
  }, [session]);
  const player = session.player.value;
  const frame = useMounted(player, poster_url, title);
  useTracks(player, video.subtitles);
  const failure = session.failure.value;
  // The video may have changed meanwhile: its file may be missing, or its storage unavailable.
  useEffect(() => {
    if (!failure || FAILURES[failure.kind].waits) return;
    if (failure.kind === "unsupported" && video.only_where)
      noteRefusal(video.only_where.media_type);
    onFailure();
  }, [failure]);
  return (
    <>
      {!player && <img class={css.poster} src={poster_url} alt="" />}
      <div ref={frame} class={css.frame} />
      <div class={css.choices}>
        <ChoicesMenu
          player={player}
          playable={session.playable.value}
          quality={session.quality.value}
          onQuality={(quality) => session.setQuality(quality)}
        />
      </div>
      {!player && !failure && <Busy />}
      {failure && <Failure failure={failure} retry={() => session.start()} />}
    </>
  );
}

function newSession(id: string, onlyWhere: OnlyWhere | null): VideoSession {
  return new VideoSession({
    ask: () => library.playback(id),
    onlyWhere,
    createPlayer: createOwnPlayer,
    timers: browserTimers,
    random: Math.random,
  });
}

/** Puts the player's <video> into the frame, with the browser's own controls. */
function useMounted(player: Player | null, poster: string, title: string) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!(player?.element instanceof HTMLVideoElement)) return;
    const video = player.element;
    video.controls = true;
    video.poster = poster;
    video.preload = "metadata";
    video.setAttribute("aria-label", title);
    restoreVolume(player);
    const stop = player.on("volumechange", () => rememberVolume(player.volume));
    frame.current?.append(video);
    return () => {
      stop();
      video.remove();
    };
  }, [player]);
  return frame;
}

/** Adds the subtitles to the browser's own controls. The owner needs no token. */
function useTracks(player: Player | null, tracks: readonly SubtitleOut[] = []) {
  const key = tracks.map(({ id, default: first }) => `${id}${first}`).join();
  useEffect(() => {
    const video = player?.element;
    if (!(video instanceof HTMLVideoElement)) return;
    const elements = tracks.map((track) => {
      const element = document.createElement("track");
      element.kind = "subtitles";
      element.label = trackName(track);
      element.srclang = track.language;
      element.src = track.url;
      element.default = track.default;
      return element;
    });
    video.append(...elements);
    return () => {
      for (const element of elements) element.remove();
    };
  }, [player, key]);
}

const FAILURES: Record<PlayerError["kind"], { title: string; text: string; waits?: boolean }> = {
  ...PASSING,
  unsupported: {
    title: t("Your browser can’t play this"),
    text: t("Try another browser, or download the file."),
  },
  "embed-refused": {
    title: t("Your browser can’t play this"),
    text: t("Download the file instead."),
  },
  unplayable: { title: t("This can’t be played"), text: t("Download the file instead.") },
  damaged: {
    title: t("The film is damaged here"),
    text: t("Skip the damaged part, or upload the file again."),
  },
  missing: {
    title: t("File not found"),
    text: t("The file is no longer in its storage. You can delete this video."),
  },
};

function Failure({ failure, retry }: { failure: PlayerError; retry: () => void }) {
  const { title, text, waits } = FAILURES[failure.kind];
  const isDamaged = failure.kind === "damaged";
  return (
    <Covered>
      {waits && <Spinner size={28} />}
      <p class={css.title}>{title}</p>
      <p>
        {isDamaged && `${failure.message} `}
        {failure.kind === "unplayable" ? failure.message : text}
      </p>
      <Button onClick={retry}>{isDamaged ? t("Skip 10 seconds") : t("Try again")}</Button>
    </Covered>
  );
}

/** Temporary reasons why a video cannot be played. */
const LOST: Partial<Record<Problem, { title: string; text: string }>> = {
  file_missing: FAILURES.missing,
  file_incomplete: {
    title: t("A part of the file is missing"),
    text: t("The server has only the beginning of it. Delete this video and upload it again."),
  },
  storage_not_set_up: {
    title: t("The file is unavailable"),
    text: t(
      "The storage of this file is no longer set up on the server. Whoever runs the server can restore it.",
    ),
  },
};

function Unplayable({ video, job, onRetry }: Props) {
  const { status, problem_code } = video;
  const said = video.only_where?.message ?? video.problem;
  const problem = said && translated(said);
  const lost = problem_code && LOST[problem_code];
  if (lost)
    return (
      <Covered>
        <p class={css.title}>{lost.title}</p>
        <p>{lost.text}</p>
        <Button onClick={onRetry}>{t("Check again")}</Button>
      </Covered>
    );
  if (status === "completed")
    return (
      <Covered>
        <p class={css.title}>{t("Browsers can’t play this file")}</p>
        <p>
          {problem ?? t("They don’t support its format.")} {t("You can download it.")}
        </p>
      </Covered>
    );
  const failed = status === "failed";
  return (
    <Covered>
      {!failed && <Spinner size={28} />}
      <p class={css.title}>{failed ? t("This video couldn’t be processed") : STATUS[status]}</p>
      {job ? (
        <Making video={video} job={job} onRetried={onRetry} />
      ) : (
        <p>{problem ?? (failed ? t("Upload it again.") : t("It will be ready soon."))}</p>
      )}
    </Covered>
  );
}

function Covered({ children }: { children: ComponentChildren }) {
  return <div class={css.cover}>{children}</div>;
}
