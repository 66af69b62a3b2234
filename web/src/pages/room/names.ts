// Names of people, including those who have left, such as a host who is away.

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { t } from "../../language/t";
import type { RoomOut } from "../../rest.gen";
import type { RoomSession } from "../../session/types";

export class Names {
  private readonly seen = signal<ReadonlyMap<string, string>>(new Map());
  /** The host's name, or "the host" while it is not known. */
  readonly host: ReadonlySignal<string>;
  /** The same at the start of a sentence. */
  readonly hostFirst: ReadonlySignal<string>;
  readonly dispose: () => void;

  /** The name of someone who is or was here. */
  of(id: string): string {
    return this.known(id) ?? t("somebody");
  }

  /** The name of someone who is or was here, or has added something to the queue. */
  known(id: string): string | undefined {
    return this.seen.value.get(id);
  }

  constructor(session: RoomSession, details: ReadonlySignal<RoomOut | null>) {
    this.dispose = effect(() => {
      const seen = this.seen.peek();
      const here = session.members.value.filter(({ id, name }) => seen.get(id) !== name);
      // Prefer the roster: the queue has the name that they had when they added the item.
      const items = session.queue.value?.items.filter(({ added_by }) => !seen.has(added_by)) ?? [];
      if (here.length + items.length === 0) return;
      this.seen.value = new Map([
        ...seen,
        ...items.map(({ added_by, added_by_name }) => [added_by, added_by_name] as const),
        ...here.map(({ id, name }) => [id, name] as const),
      ]);
    });
    const known = computed(() => {
      const told = details.value?.host;
      const id = session.room.value?.host ?? told?.id ?? "";
      const present = session.members.value.find((member) => member.id === id)?.name;
      return present ?? this.known(id) ?? (told?.id === id ? told.name : null);
    });
    this.host = computed(() => known.value ?? t("the host"));
    this.hostFirst = computed(() => known.value ?? t("The host"));
  }
}
