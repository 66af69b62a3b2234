// The REST interface of the video library, typed. /api/docs describes it.

import type {
  KeyIn,
  KeyList,
  KeyMade,
  KeyOut,
  LinkIn,
  ListQuery,
  ProcessingOut,
  Status,
  StorageList,
  StorageOut,
  SubtitleChange,
  SubtitleList,
  SubtitleOut,
  VideoChange,
  VideoDeleted,
  VideoDetails,
  VideoList,
  VideoOut,
  VideoPlayback,
} from "../rest.gen";
import { ApiError } from "./errors";
import { get, post, request } from "./request";

/** Which videos a page shows. An empty status means any. */
export type VideoQuery = Required<Pick<ListQuery, "q" | "sort">> & { status: Status | "" };

/** What to send with a subtitle file. */
export interface SubtitleFacts {
  language: string;
  label: string;
  default?: boolean;
}

const videoPath = (id: string): string => `/videos/${encodeURIComponent(id)}`;

export const library = {
  videos: (
    { q, status, sort }: VideoQuery,
    limit: number,
    cursor: string | null,
  ): Promise<VideoList> => {
    const query = new URLSearchParams({ limit: String(limit), sort });
    if (q) query.set("q", q);
    if (status) query.set("status", status);
    if (cursor) query.set("cursor", cursor);
    return get(`/videos?${query}`);
  },
  video: (id: string): Promise<VideoDetails> => get(videoPath(id)),
  renameVideo: (id: string, title: string): Promise<VideoDetails> =>
    request("PATCH", videoPath(id), { title } satisfies VideoChange),
  /** Also succeeds if it was already deleted in another window. */
  deleteVideo: async (id: string): Promise<void> => {
    try {
      await request<VideoDeleted>("DELETE", videoPath(id));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  },
  stopSharing: (id: string): Promise<void> => request("DELETE", `${videoPath(id)}/tokens`),
  playback: (id: string): Promise<VideoPlayback> => get(`${videoPath(id)}/playback`),
  subtitles: async (id: string): Promise<SubtitleOut[]> =>
    (await get<SubtitleList>(`${videoPath(id)}/subtitles`)).subtitles,
  addSubtitles: (id: string, file: File, facts: SubtitleFacts): Promise<SubtitleOut> => {
    const form = new FormData();
    for (const [name, value] of Object.entries(facts)) form.set(name, String(value));
    form.set("file", file);
    return post(`${videoPath(id)}/subtitles`, form);
  },
  setDefaultSubtitles: (id: string, subtitles: string, on: boolean): Promise<SubtitleOut> =>
    request("PATCH", `${videoPath(id)}/subtitles/${encodeURIComponent(subtitles)}`, {
      default: on,
    } satisfies SubtitleChange),
  deleteSubtitles: (id: string, subtitles: string): Promise<void> =>
    request("DELETE", `${videoPath(id)}/subtitles/${encodeURIComponent(subtitles)}`),
  processing: (id: string): Promise<ProcessingOut> => get(`${videoPath(id)}/processing`),
  retry: (id: string): Promise<ProcessingOut> => request("POST", `${videoPath(id)}/retry`),
  addLink: (link: LinkIn, signal?: AbortSignal): Promise<VideoOut> =>
    request("POST", "/videos", link, signal),
  storages: async (): Promise<StorageOut[]> => (await get<StorageList>("/storages")).storages,

  keys: async (): Promise<KeyOut[]> => (await get<KeyList>("/auth/keys")).keys,
  createKey: (name: string): Promise<KeyMade> => post("/auth/keys", { name } satisfies KeyIn),
  revokeKey: (id: string): Promise<void> =>
    request("DELETE", `/auth/keys/${encodeURIComponent(id)}`),
};

export type Library = typeof library;
