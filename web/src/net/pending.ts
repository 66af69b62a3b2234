// Messages that have no answer yet. A reconnect sends them again.

import type { FromClient, ToClient } from "../protocol.gen";
import type { Timers } from "./timers";

/** A PLAY that arrives five seconds late does more harm than good. */
const PLAYBACK_KEPT_MS = 5_000;
const OTHERS_KEPT_MS = 60_000;

const PLAYBACK = new Set<FromClient["type"]>(["PLAY", "PAUSE", "SEEK", "RATE", "SOURCE", "NEXT"]);

interface Kept {
  message: FromClient;
  since: number;
}

/** Returns the id of the message that `message` answers; null when it answers none. */
export function answeredId(message: ToClient): string | null {
  switch (message.type) {
    case "PLAYBACK_STATE":
    case "ACK":
    case "ERROR":
    case "PONG":
      return message.id ?? null;
    case "CHAT":
      return message.client_id ?? null;
    default:
      return null;
  }
}

export class PendingMessages {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly timers: Timers,
    private readonly onLost: (message: FromClient) => void,
  ) {}

  /** Keeps `message` until it is answered. A message without an `id` gets no answer. */
  keep(message: FromClient): void {
    if (message.id) this.kept.set(message.id, { message, since: this.timers.now() });
  }

  /** Forgets the message that `answer` belongs to. */
  settle(answer: ToClient): void {
    const id = answeredId(answer);
    if (id !== null) this.kept.delete(id);
  }

  /** Returns the messages to send or to send again, oldest first. */
  due(): FromClient[] {
    this.expire();
    return [...this.kept.values()].map(({ message }) => message);
  }

  /** Reports messages as lost that are too old to send again or were never answered. */
  expire(): void {
    const now = this.timers.now();
    for (const [id, { message, since }] of this.kept) {
      const keptMs = PLAYBACK.has(message.type) ? PLAYBACK_KEPT_MS : OTHERS_KEPT_MS;
      if (now - since < keptMs) continue;
      this.kept.delete(id);
      this.onLost(message);
    }
  }

  /** Reports every message as lost, because there will be no other connection. */
  abandon(): void {
    const kept = [...this.kept.values()];
    this.kept.clear();
    for (const { message } of kept) this.onLost(message);
  }
}
