// Messages that have no answer yet. A reconnect sends them again.

import type { FromClient, ToClient } from "../protocol.gen";
import type { Timers } from "./timers";

/** Commands about playback or the current moment do more harm than good if they come late. */
const SOON_MS = 5_000;
const LATER_MS = 60_000;

// When the protocol gets a new message, this does not compile until it has a time here.
const KEPT_MS: Record<FromClient["type"], number> = {
  ...{ PLAY: SOON_MS, PAUSE: SOON_MS, SEEK: SOON_MS, RATE: SOON_MS, SOURCE: SOON_MS },
  ...{ SUBTITLE: SOON_MS, NEXT: SOON_MS, REACT: SOON_MS },
  ...{ PING: SOON_MS, SYNC: SOON_MS },
  // These name what they are about, or are right whenever they arrive.
  ...{ STATUS: LATER_MS, FAILED: LATER_MS, WAIT_FOR_ME: LATER_MS },
  ...{ CHAT: LATER_MS, DELETE_CHAT: LATER_MS },
  ...{ TRANSFER: LATER_MS, COHOST: LATER_MS, KICK: LATER_MS, MUTE: LATER_MS, BAN: LATER_MS },
  ...{ QUEUE_ADD: LATER_MS, QUEUE_REMOVE: LATER_MS, QUEUE_MOVE: LATER_MS, QUEUE_CLEAR: LATER_MS },
  ...{ QUEUE_VOTE: LATER_MS, SKIP_VOTE: LATER_MS, QUEUE_SET: LATER_MS },
};

interface Kept {
  message: FromClient;
  since: number;
}

/** Returns the id of the message that `message` answers, or null. */
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

  /** Removes the message that `answer` belongs to. */
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
      if (now - since < KEPT_MS[message.type]) continue;
      this.kept.delete(id);
      this.onLost(message);
    }
  }

  /** Reports all messages as lost, because there will be no other connection. */
  abandon(): void {
    const kept = [...this.kept.values()];
    this.kept.clear();
    for (const { message } of kept) this.onLost(message);
  }
}
