// The search for videos in the library: the query, the results so far, and how to get the rest.

import { type ReadonlySignal, signal } from "@preact/signals";
import { ApiError } from "../net/errors";
import type { Library, VideoQuery } from "../net/library";
import { backoffMs } from "../net/reconnect";
import { browserTimers, type Timers } from "../net/timers";
import type { VideoList, VideoOut } from "../rest.gen";

const PAGE_SIZE = 24;
/** The server's maximum page size. */
const MOST_AT_ONCE = 100;

export interface ListState {
  query: VideoQuery;
  /** Null until the first answer. Old results stay until those of a new query arrive. */
  videos: readonly VideoOut[] | null;
  total: number;
  /** The cursor of the next page; null when there is none. */
  next: string | null;
  loading: "first" | "more" | null;
  /** Which request failed, and why. `search()` or `more()` tries again. */
  failed: { what: "first" | "more"; error: ApiError } | null;
}

export const ANY: VideoQuery = { q: "", status: "", sort: "-created_at" };
const NOTHING: ListState = {
  query: ANY,
  videos: null,
  total: 0,
  next: null,
  loading: null,
  failed: null,
};

/** Adds the next page. A video that has moved in the order is not shown twice. */
function extended(videos: readonly VideoOut[], page: VideoList): VideoOut[] {
  const known = new Set(videos.map(({ id }) => id));
  return [...videos, ...page.videos.filter(({ id }) => !known.has(id))];
}

export class VideoSearch {
  readonly #state = signal(NOTHING);
  readonly #ask: Library["videos"];
  readonly #pageSize: number;
  readonly #timers: Timers;
  /** A refresh was wanted while another request was open. */
  #isStale = false;
  /** Counts requests, so that responses to older ones are dropped. */
  #turn = 0;

  constructor(ask: Library["videos"], pageSize = PAGE_SIZE, timers: Timers = browserTimers) {
    this.#ask = ask;
    this.#pageSize = pageSize;
    this.#timers = timers;
  }

  get state(): ReadonlySignal<ListState> {
    return this.#state;
  }

  /** Loads the first page of `query`. */
  async search(query: VideoQuery): Promise<void> {
    this.#isStale = false;
    this.#set({ query, loading: "first", failed: null });
    await this.#load(null, (page) => page.videos);
  }

  /** Loads the next page. Does nothing while another request is open. */
  async more(): Promise<void> {
    const { next, loading } = this.#state.peek();
    if (next === null || loading) return;
    this.#set({ loading: "more", failed: null });
    await this.#load(next, (page) => extended(this.#videos, page));
  }

  /** Reloads the shown videos in the background. They stay until that succeeds. */
  async refresh(attempt = 0): Promise<void> {
    const { videos, loading, query } = this.#state.peek();
    if (loading) {
      this.#isStale = true;
      return;
    }
    if (videos === null) return this.search(query);
    const turn = ++this.#turn;
    try {
      const fresh = await this.#first(Math.max(videos.length, this.#pageSize), query);
      if (turn === this.#turn) this.#set(fresh);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.retriable) return;
      this.#timers.after(backoffMs(attempt, Math.random()), () => {
        if (turn === this.#turn) void this.refresh(attempt + 1);
      });
    }
  }

  /** Replaces a video by a newer version of it. */
  put(video: VideoOut): void {
    this.#set({ videos: this.#videos.map((old) => (old.id === video.id ? video : old)) });
  }

  remove(id: string): void {
    const videos = this.#videos.filter((video) => video.id !== id);
    const removed = this.#videos.length - videos.length;
    this.#set({ videos, total: this.#state.peek().total - removed });
  }

  find(id: string): VideoOut | null {
    return this.#videos.find((video) => video.id === id) ?? null;
  }

  /** Clears everything, because someone else is signed in. */
  clear(): void {
    this.#turn += 1;
    this.#isStale = false;
    this.#state.value = NOTHING;
  }

  get #videos(): readonly VideoOut[] {
    return this.#state.peek().videos ?? [];
  }

  #set(part: Partial<ListState>): void {
    this.#state.value = { ...this.#state.peek(), ...part };
  }

  /** Returns the first `wanted` videos and the cursor of the next page. */
  async #first(wanted: number, query: VideoQuery) {
    let videos: VideoOut[] = [];
    let next: string | null = null;
    for (;;) {
      const limit = Math.min(wanted - videos.length, MOST_AT_ONCE);
      const page = await this.#ask(query, limit, next);
      videos = extended(videos, page);
      next = page.next_cursor;
      if (next === null || videos.length >= wanted) return { videos, next, total: page.total };
    }
  }

  async #load(cursor: string | null, merge: (page: VideoList) => VideoOut[]): Promise<void> {
    const turn = ++this.#turn;
    try {
      const page = await this.#ask(this.#state.peek().query, this.#pageSize, cursor);
      if (turn !== this.#turn) return;
      const videos = merge(page);
      this.#set({ videos, total: page.total, next: page.next_cursor, loading: null });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (turn === this.#turn) {
        const what = cursor === null ? "first" : "more";
        this.#set({ loading: null, failed: { what, error } });
      }
    }
    if (!this.#isStale || turn !== this.#turn) return;
    this.#isStale = false;
    if (this.#state.peek().failed === null) void this.refresh();
  }
}
