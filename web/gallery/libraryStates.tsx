// The states of the library, a video, the uploads and the account.

import type { VNode } from "preact";
import { t } from "../src/language/t";
import { ApiError } from "../src/net/errors";
import { identity } from "../src/pages/account";
import { AccountPage } from "../src/pages/account/AccountPage";
import { rememberRoom } from "../src/pages/currentRoom";
import { LibraryPage } from "../src/pages/library/LibraryPage";
import { chosenStorage, storages } from "../src/pages/library/storages";
import { Tray } from "../src/pages/library/Tray";
import { VideoPage } from "../src/pages/video/VideoPage";
import type { JobOut, SignInOut, StorageOut, VideoOut } from "../src/rest.gen";
import { trackName } from "../src/subtitles/choice";
import { type Sink, UploadQueue } from "../src/uploads/queue";
import { GUEST, LONG_ROOM, MEMBER } from "./people";
import { answer, type Replies } from "./server";
import { afterwards, press, write } from "./steps";
import {
  FAILED,
  FAILED_JOB,
  JOB,
  KEYS,
  LEFT_OUT_JOB,
  LONG_TITLE,
  LONG_VIDEO,
  MISSING,
  OUT_OF_REACH,
  PORTRAIT,
  PROCESSING,
  SHORTENED_JOB,
  SQUARE,
  STRANGE,
  SUBTITLED,
  VIDEO,
  VIDEOS,
  WAITING,
  WAITING_JOB,
} from "./videos";

type Show = () => VNode;

const DOWN = {
  status: 503,
  body: {
    error: { code: "unavailable", message: "The library is not available. Try again in a moment." },
  },
};
const TWO_PLACES: StorageOut[] = [
  { name: "local", label: "This server", default: true, kind: "store" },
  { name: "s3", label: "S3", default: false, kind: "store" },
];

function list(videos: readonly VideoOut[], total = videos.length): Replies {
  const next_cursor = total > videos.length ? "more" : null;
  return { "GET /videos": { body: { total, videos, next_cursor } } };
}

function library(replies: Replies, ...steps: (() => void)[]): Show {
  return inPlaces([], replies, ...steps);
}

function inPlaces(places: StorageOut[], replies: Replies, ...steps: (() => void)[]): Show {
  return () => {
    identity.is(GUEST);
    storages.value = places;
    chosenStorage.value = null;
    answer(replies);
    afterwards(...steps);
    return <LibraryPage />;
  };
}

function page(video: VideoOut, replies: Replies = {}, ...steps: (() => void)[]): Show {
  return () => {
    identity.is(MEMBER);
    answer({
      [`GET /videos/${video.id}`]: { body: { subtitles: [], ...video } },
      [`GET /videos/${video.id}/playback`]: "never",
      [`GET /videos/${video.id}/processing`]: { body: { job: null } },
      ...replies,
    });
    afterwards(...steps);
    return <VideoPage id={video.id} />;
  };
}

function making(video: VideoOut, job: JobOut): Replies {
  return { [`GET /videos/${video.id}/processing`]: { body: { job } } };
}

function account(replies: Replies, ...steps: (() => void)[]): Show {
  return () => {
    identity.is(MEMBER);
    answer({ "GET /auth/sessions": { body: { sessions: BROWSERS } }, ...replies });
    afterwards(...steps);
    return <AccountPage />;
  };
}

const BROWSERS: readonly SignInOut[] = [
  {
    id: "1",
    agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    address: "192.168.1.20",
    created_at: "2026-11-01T18:00:00Z",
    last_used_at: "2026-11-29T18:00:00Z",
    current: true,
  },
  {
    id: "2",
    agent:
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36",
    address: "2001:db8:85a3:8d3:1319:8a2e:370:7348",
    created_at: "2026-10-01T18:00:00Z",
    last_used_at: "2026-11-20T18:00:00Z",
    current: false,
  },
];

const FIRST_SUBTITLES = SUBTITLED.subtitles.map((track) => trackName(track))[0];

const keys: Replies = { "GET /auth/keys": { body: { keys: KEYS } } };

/** One upload in each of its phases. */
function everyUpload(): UploadQueue {
  const sinks: Sink[] = [];
  let now_ms = 0;
  const queue = new UploadQueue(
    (_job, sink) => {
      sinks.push(sink);
      return { pause() {}, cancel() {} };
    },
    () => now_ms,
  );
  const file = (name: string) =>
    queue.add({ kind: "file", name, file: { size: 2_400_000_000 } as File, storage: null });
  file("Sunday at the lake");
  sinks[0]?.finish("a");
  file("Birthday 1998");
  sinks[1]?.fail(
    new ApiError(422, "incomplete", "A part of this file is missing. Copy or download it again.", {
      file: "lacks 66.7 kB of the 133.4 kB that it should have",
    }),
  );
  file("The storm");
  sinks[2]?.progress(800_000_000);
  queue.pause(3);
  queue.addLost({
    name: "From yesterday",
    totalBytes: 900_000_000,
    sentBytes: 378_000_000,
    forget() {},
  });
  file(LONG_TITLE);
  sinks[3]?.progress(1_000_000_000);
  now_ms = 2_000;
  sinks[3]?.progress(1_016_000_000);
  queue.add({ kind: "import", name: "https://example.org/a.mp4", url: "", storage: null });
  file("Waiting");
  return queue;
}

function inARoom(show: Show): Show {
  return () => {
    rememberRoom({ code: "abc", name: LONG_ROOM });
    return show();
  };
}

export const LIBRARY_STATES: Record<string, Show> = {
  library: library(list(VIDEOS, 120)),
  "library-in-a-room": inARoom(library(list(VIDEOS, 120))),
  "library-making": library({
    ...list([PROCESSING, WAITING, FAILED, VIDEO]),
    ...making(PROCESSING, JOB),
    ...making(WAITING, WAITING_JOB),
  }),
  "library-selecting": inARoom(
    library(
      list(VIDEOS, 120),
      () => press("Select"),
      () => document.querySelector<HTMLElement>("main li label")?.click(),
    ),
  ),
  "library-delete-selected": library(
    list(VIDEOS),
    () => press("Select"),
    () => press("Select all"),
    () => press("Delete"),
  ),
  "library-empty": library(list([])),
  "library-empty-link": inPlaces(TWO_PLACES, list([]), () =>
    write("form input", "https://example.org/films/night.mp4"),
  ),
  "library-loading": library({ "GET /videos": "never" }),
  "library-error": library({ "GET /videos": DOWN }),
  "library-more-error": () => {
    const replies = list(VIDEOS, 120);
    return library(
      replies,
      () => {
        replies["GET /videos"] = DOWN;
      },
      () => press("Load more"),
      () => scrollTo(0, document.body.scrollHeight),
    )();
  },
  "library-add": inPlaces(TWO_PLACES, list(VIDEOS), () => press("Add videos")),
  "library-nobody": () => {
    identity.is(null);
    return <LibraryPage />;
  },
  "library-uploads": () => {
    const wall = library(list(VIDEOS, 120))();
    return (
      <>
        {wall}
        <Tray queue={everyUpload()} />
      </>
    );
  },
  "library-selecting-uploads": () => {
    const wall = library(
      list(VIDEOS, 120),
      () => press("Select"),
      () => document.querySelector<HTMLElement>("main li label")?.click(),
    )();
    return (
      <>
        {wall}
        <Tray queue={everyUpload()} />
      </>
    );
  },
  video: page(VIDEO),
  "video-in-a-room": inARoom(page(VIDEO)),
  "video-long": page(LONG_VIDEO),
  "video-portrait": page(PORTRAIT),
  "video-square": page(SQUARE),
  "video-loading": page(VIDEO, { [`GET /videos/${VIDEO.id}`]: "never" }),
  "video-error": page(VIDEO, { [`GET /videos/${VIDEO.id}`]: DOWN }),
  "video-nowhere": page(VIDEO, {
    [`GET /videos/${VIDEO.id}`]: {
      status: 404,
      body: { error: { code: "not_found", message: "There is no such video." } },
    },
  }),
  "video-missing": page(MISSING),
  "video-out-of-reach": page(OUT_OF_REACH),
  "video-strange": page(STRANGE),
  "video-failed": page(FAILED, making(FAILED, FAILED_JOB)),
  "video-processing": page(PROCESSING, making(PROCESSING, JOB)),
  "video-waiting": page(WAITING, making(WAITING, WAITING_JOB)),
  "video-more-qualities": page(VIDEO, making(VIDEO, JOB)),
  "video-left-out": page(VIDEO, making(VIDEO, LEFT_OUT_JOB)),
  "video-shortened": page(VIDEO, making(VIDEO, SHORTENED_JOB)),
  "video-few-qualities": page(VIDEO, making(VIDEO, FAILED_JOB)),
  "video-network": page(VIDEO, {
    [`GET /videos/${VIDEO.id}/playback`]: {
      status: 404,
      body: { error: { code: "not_found", message: "File not found" } },
    },
  }),
  "video-subtitles": page(SUBTITLED),
  "video-subtitles-add": page(SUBTITLED, {}, () => press("Add subtitles")),
  "video-subtitles-delete": page(SUBTITLED, {}, () =>
    press(t("Delete {{name}}", { name: FIRST_SUBTITLES })),
  ),
  "video-rename": page(LONG_VIDEO, {}, () => press("Rename")),
  "video-delete": page(LONG_VIDEO, {}, () => press("Delete")),
  account: account(keys),
  "account-empty": account({ "GET /auth/keys": { body: { keys: [] } } }),
  "account-error": account({ "GET /auth/keys": DOWN }),
  "account-new": account(
    {
      ...keys,
      "POST /auth/keys": {
        status: 201,
        body: { ...KEYS[0], id: "3", key: "sk_4Jx9mUe0Yq7vTn2Lw8RkZb5Hs1Dc6Pf3Ga" },
      },
    },
    () => write(`input[placeholder="${t("For example: backup script")}"]`, "Backup script"),
    () => press("Create key"),
  ),
  "account-leave": account(keys, () => press("Delete account")),
  "account-revoke": account(keys, () => press("Revoke Backup script")),
  "account-nobody": () => {
    identity.is(null);
    return <AccountPage />;
  },
};
