// Uploads side by side: two run, the others wait for their turn. What it does over the network
// is a `Send`; the rules of what may follow what are in phases.ts.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ApiError } from "../net/errors";
import { Pace } from "./pace";
import { type Act, after, isRunning, type Phase } from "./phases";

/** What is to be uploaded: a file, or a link that the server copies from. */
export type Job =
  | { kind: "file"; name: string; file: File; storage: string | null }
  | { kind: "import"; name: string; url: string; storage: string | null };

export interface Row {
  readonly id: number;
  readonly name: string;
  readonly phase: Phase;
  /** Only a file can be paused: a copy by the server is one call. */
  readonly pausable: boolean;
  readonly sentBytes: number;
  /** Null when nobody knows. */
  readonly totalBytes: number | null;
  readonly bytesPerS: number | null;
  readonly error: ApiError | null;
  /** The video it has become. */
  readonly videoId: string | null;
}

/** What a running transfer tells. */
export interface Sink {
  progress(sentBytes: number): void;
  /** It goes on by itself; the error is what holds it up. */
  stall(error: ApiError): void;
  finish(videoId: string | null): void;
  fail(error: ApiError): void;
}

export interface Transfer {
  /** Stops sending; a later transfer of the same job goes on where this one stopped. */
  pause(): void;
  /** Stops for good; the server forgets what it has. */
  cancel(): void;
}

export type Send = (job: Job, sink: Sink) => Transfer;

/** An upload of an earlier visit: what is known of it without its file. */
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

  /** Shows an upload that an earlier visit has left; `find` gives its file. */
  addLost({ name, totalBytes, sentBytes, forget }: Lost): number {
    const row = { name, phase: "lost" as const, pausable: true, totalBytes, sentBytes };
    return this.#append(row, { forget });
  }

  /** Goes on with a lost upload, whose file is here again. */
  find(id: number, job: Job): void {
    const own = this.#private.get(id);
    if (!own) return;
    own.job = job;
    this.#act(id, "find");
    this.#fill();
  }

  pause(id: number): void {
    if (this.#act(id, "pause")) this.#private.get(id)?.transfer?.pause();
    this.#fill();
  }

  resume(id: number): void {
    this.#act(id, "resume");
    this.#fill();
  }

  retry(id: number): void {
    this.#act(id, "retry", { error: null });
    this.#fill();
  }

  cancel(id: number): void {
    const own = this.#private.get(id);
    if (!own || !this.#act(id, "cancel")) return;
    own.transfer?.cancel();
    own.forget();
    this.#fill();
  }

  dismiss(id: number): void {
    this.#act(id, "dismiss");
  }

  /** Tries everything again that has failed for want of a connection. */
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

  /** Takes `act` when it is allowed; tells whether it was. */
  #act(id: number, act: Act, facts: Partial<Row> = {}): boolean {
    const row = this.#rows.peek().find((other) => other.id === id);
    const next = row && after(row.phase, act);
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

  /** Begins what waits, as far as there is room. */
  #fill(): void {
    for (const { id, phase } of this.#rows.peek()) {
      const running = this.#rows.peek().filter((row) => isRunning(row.phase)).length;
      if (running >= AT_ONCE) return;
      if (phase === "queued") this.#begin(id);
    }
  }

  #begin(id: number): void {
    const own = this.#private.get(id);
    if (!own?.job || !this.#act(id, "begin")) return;
    own.pace.restart();
    // A paused or failed transfer may still have something to say: only the last one counts.
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
    if (total !== null && sentBytes >= total) this.#act(id, "sent", { sentBytes });
    else this.#act(id, "progress", { sentBytes, bytesPerS: pace?.bytesPerS ?? null, error: null });
  }

  #stalled(id: number, error: ApiError): void {
    this.#private.get(id)?.pace.restart();
    this.#act(id, "stall", { error });
  }

  #finished(id: number, videoId: string | null): void {
    if (!this.#act(id, "finish", { videoId })) return;
    const row = this.#rows.peek().find((other) => other.id === id);
    if (row) this.onDone(row);
    this.#fill();
  }

  #failed(id: number, error: ApiError): void {
    this.#act(id, "fail", { error });
    this.#fill();
  }
}
