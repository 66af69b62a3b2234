// A room server for tests: deterministic, scripted, on fake timers.
//
// It accepts each ticket once, sends WELCOME, answers PING, and acts on each `id` only once. A
// test scripts it with `up`, `silent`, `refuseWith` and `drop(code)`, and reads the result from
// `done`, `received` and `opened`.

import {
  type FromClient,
  PROTOCOL_VERSION,
  type QueueState,
  type ToClient,
  type Welcome,
} from "../protocol.gen";
import type { JoinOut } from "../rest.gen";
import { ApiError } from "./errors";
import type { Address, WebSocketLike } from "./socket";
import type { Timers } from "./timers";

const URL_OF_ROOM = "ws://test/ws/rooms/abc/";

export function emptyQueue(changes: Partial<QueueState> = {}): QueueState {
  return {
    version: 1,
    items: [],
    order: "manual",
    autoplay: true,
    adding: "controllers",
    skipping: false,
    skip_votes: 0,
    skipped: [],
    ...changes,
  };
}

export function welcome(changes: Partial<Welcome> = {}): Welcome {
  const you = {
    id: "ana",
    name: "Ana",
    role: "host" as const,
    muted: false,
    buffering: false,
    drift_ms: null,
  };
  return {
    type: "WELCOME",
    protocol: PROTOCOL_VERSION,
    room: {
      code: "abc",
      name: "Film night",
      visibility: "unlisted",
      entry: "open",
      capacity: 100,
      chat_open: true,
      slow_mode_s: 0,
      status: "LIVE",
      host: you.id,
      control: "host",
      wait: "off",
      wait_timeout_s: 10,
      grace_ends_at: null,
      starts_at: null,
      succession: true,
      kept: false,
    },
    you,
    state: {
      revision: 1,
      playing: false,
      position: 0,
      rate: 1,
      at: 0,
      source: null,
      source_revision: 0,
      chosen_by: null,
      by: null,
      duration: null,
      made_until: null,
      unloaded: null,
      waiting: null,
      subtitle: null,
    },
    members: [you],
    viewer_count: 1,
    chat: [],
    waiting: [],
    queue: emptyQueue(),
    resume: "",
    ...changes,
  };
}

class FakeSocket implements WebSocketLike {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  open = true;

  constructor(private readonly onSend: (text: string) => void) {}

  send(text: string): void {
    if (this.open) this.onSend(text);
  }

  close(): void {
    this.open = false;
  }

  deliver(message: ToClient): void {
    if (this.open) this.onmessage?.({ data: JSON.stringify(message) });
  }

  fail(code: number): void {
    if (!this.open) return;
    this.open = false;
    this.onclose?.({ code });
  }
}

export class FakeServer {
  /** False: connections fail, as if no process listened. */
  up = true;
  /** True: accepts connections and reads everything, but answers nothing. */
  silent = false;
  /** Closes every new connection with this code. */
  refuseWith: number | null = null;
  welcome: Partial<Welcome> = {};
  /** Room time minus the timers' time. */
  offsetMs = 1_700_000_000_000;
  delayMs = () => 5;

  readonly received: FromClient[] = [];
  /** Messages with an id that had an effect, in order; never the same id twice. */
  readonly done: FromClient[] = [];
  opened = 0;
  joins = 0;
  private socket: FakeSocket | null = null;
  private readonly valid = new Set<string>();
  private tickets = 0;

  constructor(private readonly timers: Timers) {}

  readonly join = (): Promise<Address> => {
    this.joins += 1;
    if (!this.up) return Promise.reject(ApiError.offline());
    return Promise.resolve({ url: URL_OF_ROOM, ticket: this.issue() });
  };

  /** The REST client's call of POST join. */
  readonly joinRoom = async (_code: string, _password?: string): Promise<JoinOut> => {
    const { url, ticket } = await this.join();
    return { status: "approved", ticket, ws_url: url, playback: null };
  };

  readonly open = (url: string): WebSocketLike => {
    this.opened += 1;
    const socket = new FakeSocket((text) => this.later(() => this.receive(socket, text)));
    this.socket = socket;
    this.later(() => this.accept(socket, new URL(url).searchParams.get("ticket") ?? ""));
    return socket;
  };

  /** Closes the current connection, as a dying server (1006) or a decision (4xxx) would. */
  drop(code: number): void {
    this.socket?.fail(code);
  }

  send(message: ToClient): void {
    this.socket?.deliver(message);
  }

  get connected(): boolean {
    return this.socket?.open === true;
  }

  private issue(): string {
    const ticket = `t${++this.tickets}`;
    this.valid.add(ticket);
    return ticket;
  }

  private later(action: () => void): void {
    this.timers.after(this.delayMs(), action);
  }

  private accept(socket: FakeSocket, ticket: string): void {
    if (!this.up) socket.fail(1006);
    else if (this.refuseWith !== null) socket.fail(this.refuseWith);
    else if (this.silent) return;
    else if (!this.valid.delete(ticket)) socket.fail(4401);
    else socket.deliver(welcome({ ...this.welcome, resume: this.issue() }));
  }

  private receive(socket: FakeSocket, text: string): void {
    if (!this.up || !socket.open) return;
    const message = JSON.parse(text) as FromClient;
    this.received.push(message);
    if (message.id && !this.done.some((other) => other.id === message.id)) this.done.push(message);
    if (this.silent) return;
    const now = this.timers.now() + this.offsetMs;
    if (message.type === "PING") {
      this.later(() => socket.deliver({ type: "PONG", t0: message.t0, t1: now, t2: now }));
    } else if (message.id) {
      const id = message.id;
      this.later(() => socket.deliver({ type: "ACK", id }));
    }
  }
}
