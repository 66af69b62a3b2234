// The queue of the room: the server's last version, and the user's commands to it.
//
// A move or a vote is shown at once, and undone if the server refuses it.

import { effect } from "@preact/signals";
import { t, translated } from "../language/t";
import type { PlayerError } from "../players/player";
import type { Failed, FromClient, QueueItem, QueueState, State } from "../protocol.gen";
import { isCast, setCast, type Vote } from "./castVotes";
import { canControl, type Store, showNotice } from "./store";
import type { QueueSettings } from "./types";
import type { Kept } from "./waitOptOut";

/** A message without its id. */
type Unsent = FromClient extends infer M ? (M extends FromClient ? Omit<M, "id"> : never) : never;

export interface QueueOptions {
  code: string;
  store: Store;
  kept: Kept;
  send: (message: FromClient) => void;
  newId: () => string;
}

/** Failures for which no browser can play it. Others may be temporary, or only in this browser. */
const FAILURES: Partial<Record<PlayerError["kind"], Failed["why"]>> = {
  "embed-refused": "embed_refused",
  missing: "missing",
  unplayable: "unplayable",
};

/** A move that the server's last queue may not include yet. */
interface Move {
  id: string;
  item: string;
  before: string | null;
  isDone: boolean;
}

export class Queue {
  /** The last version from the server. */
  private told: QueueState | null = null;
  private moves: readonly Move[] = [];
  /** Undo functions of unanswered votes, by the id of their message. */
  private readonly votes = new Map<string, () => void>();
  /** The source revision that the vote to skip is about. */
  private film: number | null = null;
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

  /** Applies the queue of a WELCOME, whatever its revision. */
  welcome(queue: QueueState): void {
    const { store, kept } = this.options;
    const cast = queue.items.filter(({ id }) => isCast(kept, this.voteFor(id)));
    store.voted.value = new Set(cast.map(({ id }) => id));
    this.show(queue);
  }

  /** Applies a newer queue, drops an older one, and shows what was skipped meanwhile. */
  receive(queue: QueueState): void {
    const before = this.told;
    if (queue.version < (before?.version ?? 0)) return;
    this.show(queue);
    const known = new Set(before?.skipped.map(({ id }) => id));
    for (const { id, title, why } of queue.skipped)
      if (!known.has(id)) showNotice(this.options.store, skippedText(title, why));
  }

  /** A vote to skip ends with its film. */
  follow({ source_revision: film }: State): void {
    if (film === this.film) return;
    this.film = film;
    this.options.store.votedToSkip.value = isCast(this.options.kept, this.voteToSkipOf(film));
  }

  /** The server has carried out the message `id`; the queue with the result may come later. */
  answered(id: string): void {
    this.votes.delete(id);
    this.moves = this.moves.map((move) => (move.id === id ? { ...move, isDone: true } : move));
  }

  /** The message `id` was refused or never answered. */
  refused(id: string): void {
    this.votes.get(id)?.();
    this.votes.delete(id);
    if (!this.moves.some((move) => move.id === id)) return;
    this.moves = this.moves.filter((move) => move.id !== id);
    this.order();
  }

  remove(item: string): void {
    this.send({ type: "QUEUE_REMOVE", item });
  }

  /** Moves an item before another one; null is the end. Shown at once, and sent. */
  move(item: string, before: string | null): void {
    const items = this.options.store.queue.peek()?.items ?? [];
    if (item === before || !items.some(({ id }) => id === item)) return;
    const id = this.send({ type: "QUEUE_MOVE", item, before });
    this.moves = [...this.moves, { id, item, before, isDone: false }];
    this.order();
  }

  clear(): void {
    this.send({ type: "QUEUE_CLEAR" });
  }

  vote(item: string, on: boolean): void {
    const { store } = this.options;
    const cast = (on: boolean) => {
      const now = new Set(store.voted.peek());
      if (on) now.add(item);
      else now.delete(item);
      store.voted.value = now;
    };
    const id = this.send({ type: "QUEUE_VOTE", item, on });
    this.cast(id, this.voteFor(item), on, cast);
  }

  set(settings: QueueSettings): void {
    this.send({ type: "QUEUE_SET", ...settings });
  }

  voteToSkip(on: boolean): void {
    const { film } = this;
    const cast = (on: boolean) => {
      if (film === this.film) this.options.store.votedToSkip.value = on;
    };
    const revision = this.options.store.state.peek()?.revision ?? null;
    const id = this.send({ type: "SKIP_VOTE", on, revision });
    this.cast(id, this.voteToSkipOf(film ?? 0), on, cast);
  }

  /** Plays the next item, or `item`; only once if two people do so at the same time. */
  next(item?: string): void {
    const { store } = this.options;
    if (!canControl(store)) return;
    const revision = store.state.peek()?.revision ?? null;
    this.send({ type: "NEXT", item: item ?? null, revision });
  }

  private voteFor(item: string): Vote {
    return [this.options.store.you.peek()?.id ?? "", item];
  }

  private voteToSkipOf(film: number): Vote {
    return [this.options.store.you.peek()?.id ?? "", this.options.code, film];
  }

  /** Shows a vote with `show` and remembers it, unless the message `id` is refused. */
  private cast(id: string, vote: Vote, on: boolean, show: (on: boolean) => void): void {
    const cast = (on: boolean) => {
      setCast(this.options.kept, vote, on);
      show(on);
    };
    cast(on);
    this.votes.set(id, () => cast(!on));
  }

  private show(told: QueueState): void {
    this.told = told;
    this.moves = this.moves.filter(({ isDone }) => !isDone);
    this.order();
  }

  /** Shows the server's last queue with the pending moves applied. */
  private order(): void {
    const { told } = this;
    if (told !== null)
      this.options.store.queue.value = { ...told, items: this.moves.reduce(moved, told.items) };
  }

  private send(message: Unsent): string {
    const id = this.options.newId();
    this.options.send({ ...message, id });
    return id;
  }
}

/** Returns the items with one moved, or unchanged if it has gone. */
function moved(items: readonly QueueItem[], { item, before }: Move): QueueItem[] {
  const others = items.filter(({ id }) => id !== item);
  const place = others.findIndex(({ id }) => id === before);
  const own = items.filter(({ id }) => id === item);
  return others.toSpliced(place < 0 ? others.length : place, 0, ...own);
}

function skippedText(title: string | null, why: string): string {
  const values = { title, why: translated(why) };
  return title ? t("Skipped “{{title}}”. {{why}}", values) : t("Skipped a film. {{why}}", values);
}
