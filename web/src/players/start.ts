// A play() call, until the provider plays, refuses or is paused.

import type { PlayerTimers } from "./playerTimers";

interface Pending {
  promise: Promise<void>;
  resolve: () => void;
  reject: (reason: Error) => void;
}

export interface StartOptions {
  timers: PlayerTimers;
  /** How long the provider may take before the browser is assumed to have blocked it. */
  patience_ms: number;
  /** Sends the command to the provider. */
  send: () => void;
  onBlocked: () => void;
}

export class Start {
  #pending: Pending | null = null;
  #stopWaiting = () => {};
  /** Set if it did not start while the page was hidden; tried again when the page is shown. */
  #againWhenShown = false;

  constructor(private readonly options: StartOptions) {}

  get isPending(): boolean {
    return this.#pending !== null;
  }

  /** Returns the promise of the pending call, or of a new one. */
  open(): Promise<void> {
    this.#pending ??= newPending();
    return this.#pending.promise;
  }

  /** Sends the command, and waits for the provider. */
  send(): void {
    this.awaitProvider();
    this.options.send();
  }

  /** Counts as blocked unless the provider plays or buffers in time. */
  awaitProvider(): void {
    this.stopWaiting();
    this.#stopWaiting = this.options.timers.after(this.options.patience_ms, () => this.block());
  }

  stopWaiting(): void {
    this.#stopWaiting();
    this.#stopWaiting = () => {};
  }

  /** The browser wants a gesture first; while the page is hidden, it may only want to be shown. */
  block(): void {
    this.stopWaiting();
    this.#againWhenShown = document.hidden;
    if (document.hidden) return;
    this.fail(new DOMException("The browser wants a gesture first", "NotAllowedError"));
    this.options.onBlocked();
  }

  pageShown(): void {
    if (this.#againWhenShown && this.isPending) this.send();
    this.#againWhenShown = false;
  }

  succeed(): void {
    this.stopWaiting();
    this.#settle((pending) => pending.resolve());
  }

  fail(reason: Error): void {
    this.#settle((pending) => pending.reject(reason));
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = null;
    if (pending) how(pending);
  }
}

function newPending(): Pending {
  let resolve = () => {};
  let reject: Pending["reject"] = () => {};
  const promise = new Promise<void>((resolve_, reject_) => {
    resolve = resolve_;
    reject = reject_;
  });
  return { promise, resolve, reject };
}
