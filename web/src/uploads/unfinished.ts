// Unfinished uploads, stored on this device so that tus can continue them after a reload. The file
// itself cannot be stored: the browser gives it to a page only when the user chooses it.

import type { PreviousUpload, UrlStorage } from "tus-js-client";
import { windowData } from "../siteData";

/** What this page stores about an upload. Times are milliseconds of Date. */
export interface Entry extends PreviousUpload {
  fingerprint: string;
  owner: string;
  /** The window that sends it. The id survives a reload. */
  window: string;
  seenAt_ms: number;
}

const KEY = "streamit-uploads";
/** A window that has been silent for this long is closed or has crashed. */
const SILENT_MS = 120_000;
/** An upload in progress updates its entry this often. */
const SAY_MS = 20_000;

/** Identifies a file without reading it. */
export function fingerprintOf(file: File, owner: string): string {
  return JSON.stringify([owner, file.name, file.size, file.type, file.lastModified]);
}

/** True if no window is sending it: it was ours before a reload, or its window is gone. */
function isLost(entry: Entry, ours: string, now_ms: number): boolean {
  return entry.window === ours || now_ms - entry.seenAt_ms > SILENT_MS;
}

/** The parts of localStorage and sessionStorage that are used here. */
type Store = Pick<Storage, "getItem" | "setItem">;

export class Unfinished implements UrlStorage {
  readonly #store: Store;
  readonly #owner: string;
  readonly #window: string;

  constructor(store: Store, owner: string, window: string) {
    this.#store = store;
    this.#owner = owner;
    this.#window = window;
  }

  /** This person's uploads that no window is sending. Each has an address. */
  lost(now_ms: number = Date.now()): Entry[] {
    return this.#ours().filter((entry) => entry.uploadUrl && isLost(entry, this.#window, now_ms));
  }

  /** Records that this window is sending the upload. Does not write every time. */
  touch(fingerprint: string, now_ms: number = Date.now()): void {
    const entries = this.#read();
    const entry = entries.find((other) => other.fingerprint === fingerprint);
    if (!entry) return;
    if (entry.window === this.#window && now_ms - entry.seenAt_ms < SAY_MS) return;
    entry.window = this.#window;
    entry.seenAt_ms = now_ms;
    this.#write(entries);
  }

  forget(fingerprint: string): void {
    this.#write(this.#read().filter((entry) => entry.fingerprint !== fingerprint));
  }

  /** Removes everything of this person. */
  forgetAll(): void {
    this.#write(this.#read().filter(({ owner }) => owner !== this.#owner));
  }

  async findAllUploads(): Promise<PreviousUpload[]> {
    return this.#ours();
  }

  async findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]> {
    return this.#ours().filter((entry) => entry.fingerprint === fingerprint);
  }

  async removeUpload(urlStorageKey: string): Promise<void> {
    this.forget(urlStorageKey);
  }

  async addUpload(fingerprint: string, upload: PreviousUpload): Promise<string> {
    this.forget(fingerprint);
    const entry: Entry = {
      ...upload,
      urlStorageKey: fingerprint,
      fingerprint,
      owner: this.#owner,
      window: this.#window,
      seenAt_ms: Date.now(),
    };
    this.#write([...this.#read(), entry]);
    return fingerprint;
  }

  #ours(): Entry[] {
    return this.#read().filter(({ owner }) => owner === this.#owner);
  }

  #read(): Entry[] {
    try {
      const entries: unknown = JSON.parse(this.#store.getItem(KEY) ?? "[]");
      return Array.isArray(entries) ? entries : [];
    } catch {
      return [];
    }
  }

  #write(entries: readonly Entry[]): void {
    try {
      this.#store.setItem(KEY, JSON.stringify(entries));
    } catch {
      // If the storage is full or forbidden, the upload starts from the beginning after a reload.
    }
  }
}

const WINDOW_KEY = "streamit-window";

/** An id of this window that survives a reload. */
export function windowName(store: Store = windowData): string {
  const known = store.getItem(WINDOW_KEY);
  if (known) return known;
  const name = Math.random().toString(36).slice(2);
  store.setItem(WINDOW_KEY, name);
  return name;
}
