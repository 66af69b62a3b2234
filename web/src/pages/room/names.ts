// Names of people, also of those who have left the roster, such as a host who is away.

import { computed, effect, type ReadonlySignal } from "@preact/signals";
import { t } from "../../language/t";
import type { RoomOut } from "../../rest.gen";
import type { RoomSession } from "../../session/types";

export class Names {
  private readonly seen = new Map<string, string>();
  /** The host's name, or "the host" while it is not known. */
  readonly host: ReadonlySignal<string>;
  /** The same where a sentence begins. */
  readonly hostFirst: ReadonlySignal<string>;
  readonly dispose: () => void;

  /** The name of somebody who is or was here. */
  of(id: string): string {
    return this.seen.get(id) ?? t("somebody");
  }

  constructor(session: RoomSession, details: ReadonlySignal<RoomOut | null>) {
    this.dispose = effect(() => {
      for (const { id, name } of session.members.value) this.seen.set(id, name);
    });
    const known = computed(() => {
      const told = details.value?.host;
      const id = session.room.value?.host ?? told?.id ?? "";
      const present = session.members.value.find((member) => member.id === id)?.name;
      return present ?? this.seen.get(id) ?? (told?.id === id ? told.name : null);
    });
    this.host = computed(() => known.value ?? t("the host"));
    this.hostFirst = computed(() => known.value ?? t("The host"));
  }
}
