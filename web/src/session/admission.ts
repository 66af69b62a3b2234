// Admission to a room: joins over REST until there is a ticket or a final refusal.

import { type Api, ApiError } from "../net/api";
import { backoffMs } from "../net/reconnect";
import type { Address } from "../net/socket";
import type { Cancel, Timers } from "../net/timers";
import type { JoinOut } from "../rest.gen";
import type { Joined, takeJoin } from "./arrival";
import type { Store } from "./store";
import type { Entry } from "./types";

export interface AdmissionOptions {
  code: string;
  api: Pick<Api, "joinRoom" | "room">;
  /** Returns the join response if it was embedded in the page. */
  takeJoin: typeof takeJoin;
  timers: Timers;
  random: () => number;
  store: Store;
  /** The visitor is admitted: connect to this address. */
  onOpen: (address: Address, joined: Joined) => void;
}

const ASK_AGAIN_MS = 2_000;
/** How soon a full room is asked for a place again, at most: at first, and in the end. */
const FIRST_PLACE_MS = 4_000;
const LAST_PLACE_MS = 30_000;

/**
 * Returns what a refused join means for the visitor; null if trying again can help. A room that they
 * knew (`wasThere`) was deleted if it is not found now.
 */
function entryAfter(error: ApiError, gavePassword: boolean, wasThere: boolean): Entry | null {
  if (error.code === "rate_limited" && gavePassword) {
    return { kind: "need-password", wrong: false, waitS: Math.ceil(error.retryAfterS ?? 1) };
  }
  if (isPassing(error)) return null;
  switch (error.code) {
    case "wrong_password":
      return { kind: "need-password", wrong: gavePassword };
    case "banned":
    case "rejected":
      return { kind: "refused", reason: error.code };
    case "room_over":
      return { kind: "over", reason: "expired" };
  }
  if (error.status === 401) return { kind: "need-name" };
  if (error.status === 403) return { kind: "refused", reason: "rejected" };
  return wasThere ? { kind: "over", reason: "deleted" } : { kind: "not-found" };
}

/** Whether trying again can help, without anything else having changed. */
function isPassing(error: ApiError): boolean {
  return error.retriable || error.code === "csrf_failed";
}

/** How long to wait before asking a full room again: less and less often, and never all at once. */
function placeMs(attempt: number, random: number): number {
  return Math.min(LAST_PLACE_MS, FIRST_PLACE_MS * 1.5 ** attempt) * (0.5 + random / 2);
}

export class Admission {
  private password: string | undefined;
  private attempt = 0;
  /** The room has answered once: it let the visitor in, or wait. */
  private wasThere = false;
  private cancelTimer: Cancel = () => {};
  /** Counts attempts, so that responses to older ones are dropped. */
  private visit = 0;

  constructor(private readonly options: AdmissionOptions) {}

  /** Starts joining from the beginning. */
  enter(): void {
    const { store, timers } = this.options;
    this.attempt = 0;
    // Whoever waits for a place goes on to see that.
    store.entry.value = this.isFull ? { kind: "full", retryAt: timers.now() } : { kind: "joining" };
    void this.request();
  }

  submitPassword(password: string): void {
    this.password = password;
    this.enter();
  }

  /**
   * Joins again for a socket whose ticket has been used. Returns null if the visitor must do
   * something first: `entry` says what, and `onOpen` is called afterwards. Rejects if trying again
   * can help.
   */
  async rejoin(): Promise<Address | null> {
    const { visit } = this;
    const answer = await this.ask();
    if (visit !== this.visit) return null;
    if (answer instanceof ApiError) {
      if (this.waitsForPlace(answer)) return null;
      const entry = entryAfter(answer, this.password !== undefined, this.wasThere);
      if (entry === null) throw answer;
      this.options.store.entry.value = entry;
      return null;
    }
    const address = addressIn(answer.answer);
    if (address === null) this.wait();
    return address;
  }

  dispose(): void {
    this.visit += 1;
    this.cancelTimer();
  }

  private async ask(): Promise<Joined | ApiError> {
    const { api, code, takeJoin, timers } = this.options;
    try {
      const brought = takeJoin(code);
      if (brought !== null) {
        this.wasThere = true;
        return brought;
      }
      const askedAt = timers.now();
      const answer = await api.joinRoom(code, this.password);
      this.wasThere = true;
      return { answer, askedAt, answeredAt: timers.now() };
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  /** Checks that the room exists before the visitor is asked for a name. */
  private async looked(refusal: ApiError): Promise<ApiError> {
    if (refusal.status !== 401) return refusal;
    const { api, code } = this.options;
    try {
      await api.room(code);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return error;
    }
    return refusal;
  }

  private async request(): Promise<void> {
    const { store, onOpen } = this.options;
    this.cancelTimer();
    const visit = ++this.visit;
    const answer = await this.ask();
    if (visit !== this.visit) return;
    if (answer instanceof ApiError) {
      const refusal = await this.looked(answer);
      if (visit === this.visit) this.refused(refusal);
      return;
    }
    const address = addressIn(answer.answer);
    if (address === null) {
      this.wait();
      return;
    }
    this.attempt = 0;
    store.entry.value = { kind: "joined" };
    onOpen(address, answer);
  }

  private refused(error: ApiError): void {
    const { store, random } = this.options;
    if (this.waitsForPlace(error)) return;
    const entry = entryAfter(error, this.password !== undefined, this.wasThere);
    if (entry !== null) {
      store.entry.value = entry;
      return;
    }
    const delayMs = error.retryAfterS === null ? 0 : error.retryAfterS * 1000;
    this.askAfter(Math.max(delayMs, backoffMs(this.attempt++, random())));
  }

  private get isFull(): boolean {
    return this.options.store.entry.peek().kind === "full";
  }

  /** Asks again later if the room is full. Returns whether it is. */
  private waitsForPlace(error: ApiError): boolean {
    const { store, timers, random } = this.options;
    const isPassed = this.isFull && isPassing(error);
    if (error.code !== "room_full" && !isPassed) return false;
    if (!this.isFull) this.attempt = 0;
    const delayMs = Math.max((error.retryAfterS ?? 0) * 1000, placeMs(this.attempt++, random()));
    store.entry.value = { kind: "full", retryAt: timers.now() + delayMs };
    this.cancelTimer();
    this.cancelTimer = timers.after(delayMs, () => void this.request());
    return true;
  }

  /** Polls every two seconds for the host's decision. */
  private wait(): void {
    this.options.store.entry.value = { kind: "waiting" };
    this.cancelTimer();
    this.cancelTimer = this.options.timers.after(ASK_AGAIN_MS, () => void this.request());
  }

  private askAfter(delayMs: number): void {
    const { store, timers } = this.options;
    store.connection.value = { kind: "reconnecting", retryAt: timers.now() + delayMs };
    this.cancelTimer = timers.after(delayMs, () => {
      store.connection.value = { kind: "connecting" };
      void this.request();
    });
  }
}

/** Where to connect; null while the host has not decided. */
function addressIn({ ticket, ws_url }: JoinOut): Address | null {
  return ticket !== null && ws_url !== null ? { url: ws_url, ticket } : null;
}
