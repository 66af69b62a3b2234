// The queue of uploads: two run at a time, the others wait. `Send` does the network part, and
// phases.ts has the rules for the phases.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ApiError } from "../net/errors";
import { Pace } from "./pace";
import { after, isRunning, type Phase, type UploadAction } from "./phases";

/** One upload: a file, or a link that the server copies from. */
export type Job =
  | { kind: "file"; name: string; file: File; storage: string | null }
  | { kind: "import"; name: string; url: string; storage: string | null };

export interface Row {
  readonly id: number;
  readonly name: string;
  readonly phase: Phase;
  /** Only a file can be paused, because a copy by the server is one request. */
  readonly pausable: boolean;
  readonly sentBytes: number;
  /** Null if unknown. */
  readonly totalBytes: number | null;
  readonly bytesPerS: number | null;
  readonly error: ApiError | null;
  /** The id of the finished video. */
  readonly videoId: string | null;
}

/** Receives the events of a running transfer. */
export interface Sink {
  progress(sentBytes: number): void;
  /** It is interrupted by this error and continues by itself. */
  stall(error: ApiError): void;
  finish(videoId: string | null): void;
  fail(error: ApiError): void;
}

export interface Transfer {
  /** Stops sending. A later transfer of the same job continues where this one stopped. */
  pause(): void;
  /** Stops for good, and the server deletes what it has. */
  cancel(): void;
}

export type Send = (job: Job, sink: Sink) => Transfer;

/** An upload of an earlier visit, whose file this page does not have. */
export interface Lost {
  name: string;
  totalBytes: number;
  sentBytes: number;
  forget(): void;
}

interface Private {
  job: Job | null;
  transfer: Transfer | null;
  pace: Pace;
  forget: () => void;
}

const AT_ONCE = 2;

export class UploadQueue {
  readonly #rows = signal<readonly Row[]>([]);
  readonly #private = new Map<number, Private>();
  readonly #send: Send;
  readonly #now: () => number;
  #last = 0;
  /** Called with each row that is done. */
  onDone: (row: Row) => void = () => {};

  constructor(send: Send, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  get rows(): ReadonlySignal<readonly Row[]> {
    return this.#rows;
  }

  add(job: Job): void {
    const totalBytes = job.kind === "file" ? job.file.size : null;
    this.#append(
      { name: job.name, phase: "queued", pausable: job.kind === "file", totalBytes },
      { job },
    );
    this.#fill();
  }

  /** Shows an unfinished upload of an earlier visit. `find` gives it its file. */
  addLost({ name, totalBytes, sentBytes, forget }: Lost): number {
    const row = { name, phase: "lost" as const, pausable: true, totalBytes, sentBytes };
    return this.#append(row, { forget });
  }

  /** Continues a lost upload, now that its file is known again. */
  find(id: number, job: Job): void {
    const own = this.#private.get(id);
    if (!own) return;
    own.job = job;
    this.#apply(id, "find");
    this.#fill();
  }

  pause(id: number): void {
    if (this.#apply(id, "pause")) this.#private.get(id)?.transfer?.pause();
    this.#fill();
  }

  resume(id: number): void {
    this.#apply(id, "resume");
    this.#fill();
  }

  retry(id: number): void {
    this.#apply(id, "retry", { error: null });
    this.#fill();
  }

  cancel(id: number): void {
    const own = this.#private.get(id);
    if (!own || !this.#apply(id, "cancel")) return;
    own.transfer?.cancel();
    own.forget();
    this.#fill();
  }

  dismiss(id: number): void {
    this.#apply(id, "dismiss");
  }

  /** Stops and removes all uploads here; the server keeps what it has for a while. */
  clear(): void {
    for (const { transfer } of this.#private.values()) transfer?.pause();
    this.#private.clear();
    this.#rows.value = [];
  }

  /** Retries every upload that failed because there was no connection. */
  online(): void {
    for (const { id, error } of this.#rows.peek()) if (error?.status === 0) this.retry(id);
  }

  #append(facts: Pick<Row, "name" | "phase" | "pausable" | "totalBytes">, own: Partial<Private>) {
    const id = ++this.#last;
    this.#private.set(id, {
      job: null,
      transfer: null,
      pace: new Pace(),
      forget: () => {},
      ...own,
    });
    const row: Row = { id, sentBytes: 0, bytesPerS: null, error: null, videoId: null, ...facts };
    this.#rows.value = [...this.#rows.peek(), row];
    return id;
  }

  /** Applies `action` if it is allowed. Returns whether it was. */
  #apply(id: number, action: UploadAction, facts: Partial<Row> = {}): boolean {
    const row = this.#rows.peek().find((other) => other.id === id);
    const next = row && after(row.phase, action);
    if (next === undefined) return false;
    if (next === null) {
      this.#private.delete(id);
      this.#rows.value = this.#rows.peek().filter((other) => other.id !== id);
    } else {
      const speed = next === "sending" ? {} : { bytesPerS: null };
      this.#rows.value = this.#rows
        .peek()
        .map((other) => (other.id === id ? { ...other, ...speed, ...facts, phase: next } : other));
    }
    return true;
  }

  /** Starts waiting uploads, up to the limit. */
  #fill(): void {
    for (const { id, phase } of this.#rows.peek()) {
      const running = this.#rows.peek().filter((row) => isRunning(row.phase)).length;
      if (running >= AT_ONCE) return;
      if (phase === "queued") this.#begin(id);
    }
  }

  #begin(id: number): void {
    const own = this.#private.get(id);
    if (!own?.job || !this.#apply(id, "begin")) return;
    own.pace.restart();
    // A paused or failed transfer may still send events. Only the newest transfer counts.
    const current = () => own.transfer === transfer;
    const transfer: Transfer = this.#send(own.job, {
      progress: (sentBytes) => current() && this.#progressed(id, sentBytes),
      stall: (error) => current() && this.#stalled(id, error),
      finish: (videoId) => current() && this.#finished(id, videoId),
      fail: (error) => current() && this.#failed(id, error),
    });
    own.transfer = transfer;
  }

  #progressed(id: number, sentBytes: number): void {
    const { pace } = this.#private.get(id) ?? {};
    const total = this.#rows.peek().find((row) => row.id === id)?.totalBytes ?? null;
    pace?.mark(this.#now(), sentBytes);
    if (total !== null && sentBytes >= total) this.#apply(id, "sent", { sentBytes });
    else
      this.#apply(id, "progress", { sentBytes, bytesPerS: pace?.bytesPerS ?? null, error: null });
  }

  #stalled(id: number, error: ApiError): void {
    this.#private.get(id)?.pace.restart();
    this.#apply(id, "stall", { error });
  }

  #finished(id: number, videoId: string | null): void {
    if (!this.#apply(id, "finish", { videoId })) return;
    const row = this.#rows.peek().find((other) => other.id === id);
    if (row) this.onDone(row);
    this.#fill();
  }

  #failed(id: number, error: ApiError): void {
    this.#apply(id, "fail", { error });
    this.#fill();
  }
}
