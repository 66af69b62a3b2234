// The REST interface of the video library, typed. The server's word on it: /api/docs.

import { get, post, request } from "./request";

export type VideoStatus = "queued" | "processing" | "retrying" | "completed" | "failed";

/** Why a video cannot be played. */
export type VideoProblem = "file_missing" | "storage_not_set_up" | "not_playable";

export interface Video {
  id: string;
  title: string;
  status: VideoStatus;
  duration_s: number | null;
  width: number | null;
  height: number | null;
  size_bytes: number;
  mime_type: string;
  video_codec: string | null;
  audio_codec: string | null;
  /** Whether browsers can play it as it is. */
  playable: boolean;
  /** Why it cannot be played, fit to be shown. */
  problem: string | null;
  problem_code: VideoProblem | null;
  storage: string;
  poster_url: string;
  created_at: string;
  completed_at: string | null;
}

export interface VideoPage {
  total: number;
  videos: Video[];
  /** Gives the page after this one; null at the end. */
  next_cursor: string | null;
}

/** What a list is in order of; with a minus, the most comes first. */
export type VideoSort = "-created_at" | "created_at" | "title" | "-duration_s" | "-size_bytes";

export interface VideoQuery {
  q: string;
  /** Empty: any. */
  status: VideoStatus | "";
  sort: VideoSort;
}

/** How a video is played just now. */
export interface VideoPlayback {
  video_id: string;
  mode: "direct_url" | "proxy_stream";
  playback_url: string;
  expires_at: string | null;
  mime_type: string;
}

/** Where a new video may be kept. */
export interface Storage {
  name: string;
  label: string;
  default: boolean;
  kind: "store" | "link";
}

export interface NewLink {
  url: string;
  title?: string;
  storage?: string;
  /** Copy it into the library; else only the link is remembered. */
  import: boolean;
}

export interface ApiKey {
  id: string;
  name: string;
  /** How the key begins, to tell it from others. */
  prefix: string;
  created_at: string;
  last_used_at: string | null;
}

/** A key as it is answered once, with the secret itself. */
export type FreshApiKey = ApiKey & { key: string };

const videoPath = (id: string): string => `/videos/${encodeURIComponent(id)}`;

export const library = {
  videos: (
    { q, status, sort }: VideoQuery,
    limit: number,
    cursor: string | null,
  ): Promise<VideoPage> => {
    const query = new URLSearchParams({ limit: String(limit), sort });
    if (q) query.set("q", q);
    if (status) query.set("status", status);
    if (cursor) query.set("cursor", cursor);
    return get(`/videos?${query}`);
  },
  video: (id: string): Promise<Video> => get(videoPath(id)),
  renameVideo: (id: string, title: string): Promise<Video> =>
    request("PATCH", videoPath(id), { title }),
  deleteVideo: (id: string): Promise<{ message: string }> => request("DELETE", videoPath(id)),
  playback: (id: string): Promise<VideoPlayback> => get(`${videoPath(id)}/playback`),
  addLink: (link: NewLink, signal?: AbortSignal): Promise<Video> =>
    request("POST", "/videos", link, signal),
  storages: async (): Promise<Storage[]> =>
    (await get<{ storages: Storage[] }>("/storages")).storages,

  keys: async (): Promise<ApiKey[]> => (await get<{ keys: ApiKey[] }>("/auth/keys")).keys,
  createKey: (name: string): Promise<FreshApiKey> => post("/auth/keys", { name }),
  revokeKey: (id: string): Promise<void> =>
    request("DELETE", `/auth/keys/${encodeURIComponent(id)}`),
};

export type Library = typeof library;
