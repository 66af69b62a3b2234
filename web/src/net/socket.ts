// The room's socket. It reconnects, passes messages on, and reports those that are lost.
//
// connect() → WELCOME → live → (close) → wait → resume or join → WELCOME → …
// A message with an `id` is kept until it is answered. After a reconnect it is sent again with
// the same id, and the server acts on it only once.

import { type FromClient, PROTOCOL_VERSION, type ToClient } from "../protocol.gen";
import { PendingMessages } from "./pending";
import { backoffMs, type CloseReason, REFUSED, verdict } from "./reconnect";
import type { Cancel, Timers } from "./timers";

/** Where to connect: a ticket of POST join, or the resume token of the last WELCOME. */
export interface Address {
  url: string;
  ticket: string;
}

export type SocketState =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "reconnecting"; retryAt: number }
  | { kind: "over"; reason: CloseReason };

/** The part of WebSocket that is used here. */
export interface WebSocketLike {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface SocketOptions {
  timers: Timers;
  random: () => number;
  open: (url: string) => WebSocketLike;
  /**
   * Joins again over REST. Resolves with null if the visitor must do something first; the caller
   * then calls connect() later. Rejects if there was no response, and the socket tries again.
   */
  join: () => Promise<Address | null>;
  /** `receivedAt` is in `timers.now()` milliseconds. */
  onMessage: (message: ToClient, receivedAt: number) => void;
  onState: (state: SocketState) => void;
  /** `message` was never answered and is now too old to be sent again. */
  onLost: (message: FromClient) => void;
}

/** Give up a socket that has not received WELCOME after this time. */
const WELCOME_MS = 8_000;
const QUICK_PINGS = 5;
const QUICK_PING_MS = 100;
const PING_MS = 2_000;
/** After this long without an answer to a PING, the connection counts as dead. */
const SILENCE_MS = 6_000;
/** The same right after the device woke up, when a dead connection is likely. */
const SILENCE_AFTER_WAKE_MS = 2_000;
/** After this long a connection counts as stable, and the backoff is reset. */
const STABLE_MS = 5_000;
/** After this many failed resumes, join over REST, which can tell the reason. */
const RESUMES_BEFORE_JOIN = 3;

export class RoomSocket {
  private readonly pending: PendingMessages;
  private socket: WebSocketLike | null = null;
  private address: Address | null = null;
  private state: SocketState = { kind: "connecting" };
  private attempt = 0;
  private resumes = 0;
  private liveSince = 0;
  private closedFor: CloseReason | null = null;
  /** REST was asked why the last connection was refused. */
  private hasAskedWhy = false;
  private cancelTimer: Cancel = () => {};
  private pings = 0;
  private nextPingAt = 0;
  private silenceMs = SILENCE_MS;
  /** When the oldest unanswered PING was sent; null when none is open. */
  private waitingSince: number | null = null;
  private disposed = false;

  constructor(private readonly options: SocketOptions) {
    this.pending = new PendingMessages(options.timers, options.onLost);
  }

  /** Opens the socket at `address` now. */
  connect(address: Address): void {
    if (this.disposed) return;
    this.address = address;
    this.resumes = 0;
    this.attempt = 0;
    this.setState({ kind: "connecting" });
    this.open(address);
  }

  /**
   * Sends `message`. With an `id` it is kept until answered; without one it is dropped while
   * there is no connection.
   */
  send(message: FromClient): void {
    if (this.state.kind === "over" || this.disposed) return;
    this.pending.keep(message);
    if (this.state.kind === "live") this.socket?.send(JSON.stringify(message));
  }

  /** The network or the page came back. Reconnects at once, or checks the connection. */
  wake(): void {
    if (this.state.kind === "reconnecting") {
      this.retry();
    } else if (this.state.kind === "live") {
      this.silenceMs = SILENCE_AFTER_WAKE_MS;
      this.ping();
    }
  }

  /** Closes for good. */
  dispose(): void {
    this.disposed = true;
    this.abandon();
  }

  private setState(state: SocketState): void {
    this.state = state;
    this.options.onState(state);
  }

  private open({ url, ticket }: Address): void {
    this.abandon();
    this.closedFor = null;
    const socket = this.options.open(`${url}?ticket=${encodeURIComponent(ticket)}`);
    this.socket = socket;
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.closed(event.code);
    // Some networks drop a handshake without an error, so do not wait for ever.
    this.cancelTimer = this.options.timers.after(WELCOME_MS, () => this.closed(1006));
  }

  /** Drops the current socket and ignores everything it still sends. */
  private abandon(): void {
    this.cancelTimer();
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    // On a dead connection the closing handshake takes minutes, so do not wait for it.
    socket.close();
  }

  private receive(data: unknown): void {
    const receivedAt = this.options.timers.now();
    if (typeof data !== "string") return;
    const message = JSON.parse(data) as ToClient;
    this.waitingSince = null;
    this.silenceMs = SILENCE_MS;
    this.pending.settle(message);
    if (message.type === "ROOM_CLOSED") this.closedFor = message.reason;
    if (message.type === "WELCOME" && message.protocol !== PROTOCOL_VERSION) {
      this.abandon();
      this.end("protocol");
      return;
    }
    this.options.onMessage(message, receivedAt);
    if (message.type === "WELCOME") this.welcomed(message.resume);
  }

  private welcomed(resume: string): void {
    if (this.address === null || this.socket === null) return;
    this.cancelTimer();
    this.address = { url: this.address.url, ticket: resume };
    this.resumes = 0;
    this.hasAskedWhy = false;
    this.liveSince = this.options.timers.now();
    this.pings = 0;
    this.waitingSince = null;
    this.setState({ kind: "live" });
    this.ping();
    for (const message of this.pending.due()) this.socket?.send(JSON.stringify(message));
  }

  private closed(code: number): void {
    const { timers, random } = this.options;
    const wasLive = this.state.kind === "live";
    this.abandon();
    if (wasLive && timers.now() - this.liveSince >= STABLE_MS) this.attempt = 0;
    // A refusal before WELCOME does not tell the reason, but REST does.
    const mayAskWhy = !wasLive && this.closedFor === null && !this.hasAskedWhy;
    const next = verdict(code, mayAskWhy);
    if (code === REFUSED) this.hasAskedWhy = true;
    if (next.kind === "over" || this.closedFor !== null) {
      this.end(this.closedFor ?? (next.kind === "over" ? next.reason : "protocol"));
      return;
    }
    if (next.kind === "join") this.resumes = RESUMES_BEFORE_JOIN;
    this.waitToRetry(backoffMs(this.attempt++, random(), code));
  }

  private end(reason: CloseReason): void {
    this.setState({ kind: "over", reason });
    this.pending.abandon();
  }

  private waitToRetry(delayMs: number): void {
    this.cancelTimer();
    this.setState({ kind: "reconnecting", retryAt: this.options.timers.now() + delayMs });
    this.cancelTimer = this.options.timers.after(delayMs, () => this.retry());
  }

  private retry(): void {
    this.cancelTimer();
    this.setState({ kind: "connecting" });
    if (this.address !== null && this.resumes < RESUMES_BEFORE_JOIN) {
      this.resumes += 1;
      this.open(this.address);
    } else {
      void this.rejoin();
    }
  }

  private async rejoin(): Promise<void> {
    let address: Address | null;
    try {
      address = await this.options.join();
    } catch {
      if (!this.disposed) this.waitToRetry(backoffMs(this.attempt++, this.options.random()));
      return;
    }
    if (address === null || this.disposed) return;
    this.address = address;
    this.resumes = 0;
    this.open(address);
  }

  /** Sends a PING and schedules the next. Closes a connection that stays silent. */
  private ping(): void {
    const { timers } = this.options;
    const now = timers.now();
    this.cancelTimer();
    if (this.waitingSince !== null && now - this.waitingSince >= this.silenceMs) {
      // A late timer (sleep, a frozen page) proves nothing, so send one more PING first.
      if (now - this.nextPingAt < this.silenceMs) {
        this.closed(1006);
        return;
      }
      this.waitingSince = null;
      this.silenceMs = SILENCE_AFTER_WAKE_MS;
    }
    this.pending.expire();
    this.waitingSince ??= now;
    this.pings += 1;
    this.socket?.send(JSON.stringify({ type: "PING", t0: now } satisfies FromClient));
    const delayMs =
      this.pings < QUICK_PINGS ? QUICK_PING_MS : Math.min(PING_MS, this.silenceMs / 2);
    this.nextPingAt = now + delayMs;
    this.cancelTimer = timers.after(delayMs, () => this.ping());
  }
}
