// Uploads a file with tus 1.0 (https://tus.io/protocols/resumable-upload). The client is loaded
// when first needed. An interrupted upload continues from what the server has.

import type { DetailedError, HttpRequest, HttpResponse, Upload } from "tus-js-client";
import { ApiError } from "../net/errors";
import { BASE, csrfToken } from "../net/request";
import type { Job, Sink, Transfer } from "./queue";
import { fingerprintOf, type Unfinished } from "./unfinished";

const ENDPOINT = `${BASE}/uploads`;
/** Two minutes of retries. After that a button retries, or the browser coming online. */
const RETRY_DELAYS_MS = [0, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000];
/** The response to the last part has the id of the finished video in this header. */
const VIDEO_HEADER = "Streamit-Video";

type FileJob = Extract<Job, { kind: "file" }>;

export class TusTransfer implements Transfer {
  readonly #job: FileJob;
  readonly #sink: Sink;
  readonly #unfinished: Unfinished;
  readonly #fingerprint: string;
  #upload: Upload | null = null;
  #stopped = false;
  #videoId: string | null = null;

  constructor(job: FileJob, sink: Sink, unfinished: Unfinished, owner: string) {
    this.#job = job;
    this.#sink = sink;
    this.#unfinished = unfinished;
    this.#fingerprint = fingerprintOf(job.file, owner);
    void this.#begin();
  }

  pause(): void {
    this.#stopped = true;
    void this.#upload?.abort();
  }

  cancel(): void {
    this.#stopped = true;
    // If it cannot be deleted now, it expires on the server.
    this.#upload?.abort(true).catch(() => {});
    this.#unfinished.forget(this.#fingerprint);
  }

  async #begin(): Promise<void> {
    try {
      const tus = await import("tus-js-client");
      const upload = new tus.Upload(this.#job.file, this.#options());
      const [previous] = await upload.findPreviousUploads();
      if (previous) upload.resumeFromPreviousUpload(previous);
      if (this.#stopped) return;
      this.#upload = upload;
      upload.start();
    } catch {
      this.#sink.fail(ApiError.offline());
    }
  }

  #options() {
    const { file, storage } = this.#job;
    return {
      endpoint: ENDPOINT,
      retryDelays: RETRY_DELAYS_MS,
      metadata: { filename: file.name, ...(storage ? { storage } : {}) },
      urlStorage: this.#unfinished,
      removeFingerprintOnSuccess: true,
      fingerprint: () => Promise.resolve(this.#fingerprint),
      onBeforeRequest: prepare,
      onAfterResponse: (_request: HttpRequest, response: HttpResponse) => {
        this.#videoId = response.getHeader(VIDEO_HEADER) ?? this.#videoId;
      },
      onProgress: (sentBytes: number) => {
        this.#unfinished.touch(this.#fingerprint);
        this.#sink.progress(sentBytes);
      },
      onShouldRetry: (error: DetailedError) => this.#mayRetry(error),
      onSuccess: () => this.#sink.finish(this.#videoId),
      onError: (error: Error | DetailedError) => this.#failed(error),
    };
  }

  #mayRetry(error: DetailedError): boolean {
    const failure = errorOf(error);
    // 409 and 423: the server is still handling the interrupted part, or has already made the
    // video. The next request asks how much it has.
    const again = failure.retriable || failure.status === 409 || failure.status === 423;
    if (again) this.#sink.stall(failure);
    return again;
  }

  #failed(error: Error | DetailedError): void {
    const failure = errorOf(error);
    if (isLost(failure)) this.#unfinished.forget(this.#fingerprint);
    this.#sink.fail(failure);
  }
}

/**
 * Whether the server has deleted an upload after this failure. It deletes files that it refuses,
 * but not if a storage failed or the user must sign in again.
 */
export function isLost({ retriable, status }: ApiError): boolean {
  return !retriable && status !== 401 && status !== 403 && status < 500;
}

function prepare(request: HttpRequest): void {
  request.setHeader("Accept", "application/json");
  const token = csrfToken();
  if (token !== null) request.setHeader("X-CSRFToken", token);
}

function errorOf(error: Error | DetailedError): ApiError {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (!response) return ApiError.offline();
  const retryAfter = response.getHeader("Retry-After") ?? null;
  return ApiError.of(response.getStatus(), response.getBody(), retryAfter);
}

/** Returns how much of an upload the server has; null if it does not know the upload. */
export async function sentBytesOf(uploadUrl: string): Promise<number | null> {
  const response = await call("HEAD", uploadUrl);
  const offset = Number(response.headers.get("Upload-Offset") ?? Number.NaN);
  return response.ok && Number.isFinite(offset) ? offset : null;
}

/** Deletes an upload on the server. If that fails, it expires by itself. */
export async function terminate(uploadUrl: string): Promise<void> {
  await call("DELETE", uploadUrl).catch(() => {});
}

function call(method: "HEAD" | "DELETE", url: string): Promise<Response> {
  const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken() ?? "" };
  return fetch(url, { method, headers, credentials: "same-origin", cache: "no-store" });
}
