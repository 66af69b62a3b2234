// The queue of the room: what the server told last, and the user's commands to it.

import { effect } from "@preact/signals";
import { t, told } from "../language/t";
import type { PlayerError } from "../players/player";
import type { Failed, FromClient, QueueState, State } from "../protocol.gen";
import { canControl, type Store, showNotice } from "./store";
import type { QueueSettings } from "./types";

/** A message without its id. */
type Unsent = FromClient extends infer M ? (M extends FromClient ? Omit<M, "id"> : never) : never;

export interface QueueOptions {
  store: Store;
  send: (message: FromClient) => void;
  newId: () => string;
}

/** What no browser can play; the rest may be this browser's, or pass. */
const FAILURES: Partial<Record<PlayerError["kind"], Failed["why"]>> = {
  "embed-refused": "embed_refused",
  missing: "missing",
  unplayable: "unplayable",
};

export class Queue {
  /** The choice of a film that the vote to skip is about. */
  private film = 0;
  readonly dispose: () => void;

  constructor(private readonly options: QueueOptions) {
    const { store } = options;
    this.dispose = effect(() => {
      const error = store.playerError.value;
      const why = error ? FAILURES[error.kind] : undefined;
      const revision = store.state.peek()?.revision;
      if (why !== undefined && revision !== undefined) this.send({ type: "FAILED", revision, why });
    });
  }

  /** Takes the queue of a WELCOME, which counts in any case. */
  welcome(queue: QueueState): void {
    this.options.store.queue.value = queue;
  }

  /** Takes a later queue, drops an older one, and tells of what was skipped meanwhile. */
  receive(queue: QueueState): void {
    const { store } = this.options;
    const before = store.queue.peek();
    if (queue.version < (before?.version ?? 0)) return;
    store.queue.value = queue;
    const known = new Set(before?.skipped.map(({ id }) => id));
    for (const { id, title, why } of queue.skipped)
      if (!known.has(id)) showNotice(store, skippedText(title, why));
  }

  /** A vote to skip ends with the film that it is about. */
  follow({ source_revision: film }: State): void {
    if (film !== this.film) this.options.store.votedToSkip.value = false;
    this.film = film;
  }

  remove(item: string): void {
    this.send({ type: "QUEUE_REMOVE", item });
  }

  /** Moves an item before another one; null is the end. Shown at once, and sent. */
  move(item: string, before: string | null): void {
    const { queue } = this.options.store;
    const now = queue.peek();
    const moved = now?.items.find(({ id }) => id === item);
    if (now === null || moved === undefined || item === before) return;
    const items = now.items.filter(({ id }) => id !== item);
    const place = items.findIndex(({ id }) => id === before);
    items.splice(place < 0 ? items.length : place, 0, moved);
    queue.value = { ...now, items };
    this.send({ type: "QUEUE_MOVE", item, before });
  }

  clear(): void {
    this.send({ type: "QUEUE_CLEAR" });
  }

  vote(item: string, on: boolean): void {
    const { voted } = this.options.store;
    const now = new Set(voted.peek());
    if (on) now.add(item);
    else now.delete(item);
    voted.value = now;
    this.send({ type: "QUEUE_VOTE", item, on });
  }

  set(settings: QueueSettings): void {
    this.send({ type: "QUEUE_SET", ...settings });
  }

  voteToSkip(on: boolean): void {
    this.options.store.votedToSkip.value = on;
    this.send({ type: "SKIP_VOTE", on });
  }

  /** Goes on to the next item, or to `item`; only once when two people ask at the same time. */
  next(item?: string): void {
    const { store } = this.options;
    if (!canControl(store)) return;
    const revision = store.state.peek()?.revision ?? null;
    this.send({ type: "NEXT", item: item ?? null, revision });
  }

  private send(message: Unsent): void {
    this.options.send({ ...message, id: this.options.newId() });
  }
}

function skippedText(title: string | null, why: string): string {
  const values = { title, why: told(why) };
  return title ? t("Skipped “{{title}}”. {{why}}", values) : t("Skipped a film. {{why}}", values);
}
