// Made-up videos, with titles and states that may break layouts.

import type { JobOut, KeyOut, VideoDetails, VideoOut } from "../src/rest.gen";

/** A poster as the server draws it for a video without a frame. */
function poster(hue: number, width: number, height: number): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">
    <rect width="100%" height="100%" fill="hsl(${hue} 30% 32%)"/>
    <circle cx="70%" cy="35%" r="18%" fill="hsl(${hue + 40} 60% 75%)"/>
    <rect y="70%" width="100%" height="30%" fill="hsl(${hue} 40% 20%)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export function video(rest: Partial<VideoOut> & { id: string }): VideoOut {
  const width = rest.width ?? 1920;
  const height = rest.height ?? 1080;
  return {
    title: "Sunday at the lake",
    status: "completed",
    duration_s: 312,
    width,
    height,
    size_bytes: 184_000_000,
    mime_type: "video/mp4",
    video_codec: "h264",
    audio_codec: "aac",
    playable: true,
    only_where: null,
    problem: null,
    problem_code: null,
    storage: "local",
    poster_url: poster(rest.id.charCodeAt(0) * 37, width, height),
    created_at: "2026-03-08T18:20:00Z",
    completed_at: "2026-03-08T18:20:09Z",
    ...rest,
  };
}

export const LONG_TITLE =
  "Everything we filmed on the long way from the harbour to the mountains, uncut, with the tent, the storm and Maximiliana’s commentary";

export const VIDEO = video({ id: "a" });
export const LONG_VIDEO = video({
  id: "b",
  title: LONG_TITLE,
  duration_s: 36_060,
  size_bytes: 48_600_000_000,
});
export const SUBTITLED: VideoDetails = {
  ...VIDEO,
  shared: true,
  renditions: [],
  storyboard_url: null,
  subtitles: [
    ["de", "Deutsch"],
    ["ar", "فيلم بعيد المدى، الجزء الأول"],
    ["und", "Everything.we.filmed.on.the.long.way.from.the.harbour.to.the.mountains.1080p.en"],
  ].map(([language = "", label = ""], index) => ({
    ...{ id: `${index}`, language, label, default: index === 0 },
    ...{ url: "/subtitles", size_bytes: 52_000, created_at: "2026-03-08T18:20:00Z" },
  })),
};
export const PORTRAIT = video({ id: "c", title: "Cat on the stairs", width: 1080, height: 1920 });
export const SQUARE = video({ id: "d", title: "The square one", width: 1080, height: 1080 });
export const MISSING = video({
  id: "e",
  title: "Birthday 1998",
  playable: false,
  problem: "File not found",
  problem_code: "file_missing",
});
export const OUT_OF_REACH = video({
  id: "j",
  title: "Moving house",
  storage: "s3",
  playable: false,
  problem: "The storage of this video is not set up on this server.",
  problem_code: "storage_not_set_up",
});
export const STRANGE = video({
  id: "f",
  title: "Scan of the old tape",
  mime_type: "video/x-matroska",
  video_codec: "mpeg2video",
  audio_codec: "ac3",
  playable: false,
  problem: "Browsers cannot play MPEG-2 video.",
  problem_code: "not_playable",
});
export const FAILED = video({
  id: "g",
  title: "IMG_20260307_184212_HDR(1)",
  status: "failed",
  duration_s: null,
  width: null,
  height: null,
});
export const PROCESSING = video({ id: "h", title: "ゆきの誕生日", status: "processing" });
export const WAITING = video({ id: "j", title: "Holiday.mkv", status: "queued" });

export const JOB: JobOut = {
  status: "processing",
  step: "sizes",
  progress: 0.4,
  done_at: new Date(Date.now() + 5 * 60_000).toISOString(),
  waits_behind: 0,
  attempt: 1,
  max_attempts: 5,
  next_attempt_at: null,
  waits_until: null,
  reason_code: "",
  reason: "",
  shortened: "",
  interlaced: false,
  left_out: [],
  created_at: "2026-03-12T09:00:00Z",
  started_at: "2026-03-12T09:00:01Z",
  finished_at: null,
};
export const WAITING_JOB: JobOut = { ...JOB, status: "queued", step: "", waits_behind: 3 };
export const FAILED_JOB: JobOut = {
  ...JOB,
  status: "failed",
  reason_code: "incomplete",
  reason: "Of 1 h 2 min of film only 20 min could be made.",
};
export const LEFT_OUT_JOB: JobOut = {
  ...JOB,
  status: "completed",
  left_out: [
    { kind: "sound", track: 1, codec: "ac3", language: "en" },
    { kind: "subtitles", track: 0, codec: null, language: "" },
    { kind: "subtitles", track: 1, codec: "dvb_subtitle", language: "de" },
  ],
};
export const SHORTENED_JOB: JobOut = {
  ...JOB,
  status: "completed",
  shortened: "Of 1 h 2 min of film only 20 min could be made.",
};
const NO_POSTER = video({ id: "i", title: "x", poster_url: "data:image/png,none" });

export const VIDEOS = [
  VIDEO,
  LONG_VIDEO,
  PORTRAIT,
  SQUARE,
  MISSING,
  OUT_OF_REACH,
  STRANGE,
  FAILED,
  PROCESSING,
  NO_POSTER,
];

export const KEYS: KeyOut[] = [
  {
    id: "1",
    name: "Backup script",
    prefix: "sk_4Jx9",
    created_at: "2026-02-01T10:00:00Z",
    last_used_at: "2026-03-12T03:00:00Z",
  },
  {
    id: "2",
    name: "The television in the living room, which nobody may ever touch again, says Ana",
    prefix: "sk_Qq1z",
    created_at: "2026-03-01T10:00:00Z",
    last_used_at: null,
  },
];
