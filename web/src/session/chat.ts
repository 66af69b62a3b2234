// The chat messages of the room, and whether the visitor's own ones have arrived.

import { t, translated } from "../language/t";
import { type ChatEntry, type ChatMessage, type ErrorMessage, limits } from "../protocol.gen";
import { spokenTime } from "../ui/time";
import type { Store } from "./store";
import type { ChatItem } from "./types";

/** As many messages as the server keeps. */
const KEPT = 500;

/** Returns why a chat message was refused, as a sentence for the user. */
export function refusal(error: ErrorMessage, isSlowed: boolean): string {
  switch (error.code) {
    case "rate_limited": {
      const wait = spokenTime(seconds(error));
      return isSlowed
        ? t("Slow mode is on: you can write again in {{wait}}.", { wait })
        : t("You are sending too fast. Try again in {{wait}}.", { wait });
    }
    case "muted":
      return t("You are muted in this room.");
    case "chat_closed":
      return t("The host turned off the chat.");
    case "duplicate":
      return t("You just sent that message.");
    case "unavailable":
      return t("The chat is unavailable right now. Try again in a moment.");
    default:
      return translated(error.message);
  }
}

/** Says that a message has `over` characters too many. */
export function tooLong(over: number): string {
  return t("This message is {{count}} characters too long. The limit is {{most}}.", {
    count: over,
    most: limits.chat_characters,
  });
}

export function seconds(error: ErrorMessage): number {
  return Math.max(1, Math.ceil(error.retry_after_s ?? 1));
}

/**
 * Adds a message that the room has got, before those on their way to it: everyone has the same
 * order. It takes the place of the visitor's own message `id`. Never keeps a message twice.
 */
function placed(
  items: readonly ChatItem[],
  entry: ChatItem,
  id: string | null,
): readonly ChatItem[] {
  const others = items.filter((item) => item.id !== entry.id && item.id !== id);
  const end = others.findLastIndex((item) => !item.pending) + 1;
  return others.toSpliced(end, 0, entry).slice(-KEPT);
}

/**
 * Returns the history of a new connection followed by the unsent messages. Older messages are
 * dropped, because they may have been deleted without our hearing of it.
 */
export function renewed(
  items: readonly ChatItem[],
  history: readonly ChatEntry[],
): readonly ChatItem[] {
  const unsent = items.filter((item) => item.pending || item.failed !== undefined);
  return [...history, ...unsent];
}

export interface ChatOptions {
  store: Store;
  send: (message: { type: "CHAT"; text: string; id: string }) => void;
  newId: () => string;
  roomNow: () => number;
}

/** The sender of messages written before the first WELCOME, which has the visitor's id. */
const UNKNOWN = { id: "", name: t("You"), role: "viewer" } as const;

export class Chat {
  constructor(private readonly options: ChatOptions) {}

  /** Shows `text` and sends it, now or once the room has admitted us. */
  send(text: string): void {
    const { store, newId, roomNow, send } = this.options;
    const said = text.trim();
    if (said === "") return;
    const you = store.you.peek() ?? UNKNOWN;
    const id = newId();
    const { name, role } = you;
    const entry = { id, member: you.id, name, role, text: said, at: roomNow() };
    const over = [...said].length - limits.chat_characters;
    store.chat.value = [...store.chat.peek(), { ...entry, pending: true }].slice(-KEPT);
    if (over > 0) this.fail(id, tooLong(over));
    else send({ type: "CHAT", text: said, id });
  }

  resend(id: string): void {
    const { store } = this.options;
    const item = store.chat.peek().find((line) => line.id === id);
    if (item?.failed === undefined) return;
    store.chat.value = store.chat.peek().filter((line) => line !== item);
    this.send(item.text);
  }

  welcome(history: readonly ChatEntry[]): void {
    const { store } = this.options;
    const { id: member, name, role } = store.you.peek() ?? UNKNOWN;
    const items = store.chat
      .peek()
      .map((item) => (item.member === UNKNOWN.id ? { ...item, member, name, role } : item));
    store.chat.value = renewed(items, history);
  }

  receive({ id, member, name, role, text, at, client_id }: ChatMessage): void {
    const { store } = this.options;
    const mine = member === store.you.peek()?.id ? (client_id ?? null) : null;
    store.chat.value = placed(store.chat.peek(), { id, member, name, role, text, at }, mine);
  }

  /** Removes the message `gone`, which is no longer in the room's chat. */
  remove(gone: string): void {
    const { store } = this.options;
    store.chat.value = store.chat.peek().filter(({ id }) => id !== gone);
  }

  /** Marks the message `id` as failed. Returns false if there is no such message. */
  fail(id: string, why: string): boolean {
    const { store } = this.options;
    const at = store.chat.peek().findIndex((item) => item.id === id && item.pending);
    const item = store.chat.peek()[at];
    if (item === undefined) return false;
    const { pending: _, ...entry } = item;
    store.chat.value = store.chat.peek().with(at, { ...entry, failed: why });
    return true;
  }
}
