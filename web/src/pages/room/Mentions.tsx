import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useId, useRef } from "preact/hooks";
import { t } from "../../language/t";
import { classes } from "../../ui/classes";
import { keyAlone } from "../../ui/keyAlone";
import { useRoom } from "./context";
import { completions, mentionBegun } from "./lineParts";
import css from "./Mentions.module.css";
import { useUnlisted } from "./useUnlisted";

/** Suggests names for what is written after "@". */
export interface Mention {
  names: readonly string[];
  chosen: number;
  listId: string;
  attributes: Record<string, string | undefined>;
  /** Looks at what is written before the caret. */
  look(): void;
  /** Call it when the caret may have moved away from the name. */
  follow(): void;
  close(): void;
  /** Moves in the list; returns the name if the key chose one. */
  onKey(event: KeyboardEvent): string | null;
  /** The whole text with the name inserted, and the caret position after it. */
  completed(name: string): { text: string; caret: number };
}

export function useMentions(field: RefObject<HTMLTextAreaElement | null>): Mention {
  const { session } = useRoom();
  const listId = useId();
  const begun = useSignal<{ from: number; begun: string } | null>(null);
  const chosen = useSignal(0);
  const own = session.you.value?.id;
  const listed = session.members.value;
  const isSample = session.viewerCount.value > listed.length;
  const unlisted = useUnlisted(isSample ? (begun.value?.begun.trim() ?? "") : "").value;
  // Kept while the next letters are searched, because a name can contain a space.
  const met = useRef<NonNullable<typeof unlisted>>([]);
  if (unlisted) met.current = unlisted;
  const others = [...listed, ...met.current].filter(({ id }) => id !== own);
  const everyone = others.map(({ name }) => name);
  const names = begun.value ? completions(begun.value.begun, everyone) : [];
  // The list may have become shorter.
  const at = Math.max(0, Math.min(chosen.value, names.length - 1));
  const close = () => {
    begun.value = null;
  };
  const look = () => {
    const { value, selectionStart } = field.current ?? { value: "", selectionStart: 0 };
    begun.value = mentionBegun(value, selectionStart, everyone);
    chosen.value = 0;
  };
  return {
    ...{ names, listId, look, close, chosen: at },
    // Not a combobox, which a textarea may not be (https://www.w3.org/TR/html-aria/).
    attributes: {
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      ...(names.length > 0 && {
        "aria-controls": listId,
        "aria-activedescendant": `${listId}-${at}`,
      }),
    },
    follow: () => {
      const { from, begun: written = "" } = begun.value ?? {};
      if (from !== undefined && field.current?.selectionStart !== from + 1 + written.length) look();
    },
    onKey: (event) => {
      if (names.length === 0) return null;
      const key = keyAlone(event);
      const step = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (step) chosen.value = (at + step + names.length) % names.length;
      else if (key === "Escape") close();
      else if (key !== "Tab" && key !== "Enter") return null;
      event.preventDefault();
      return key === "Tab" || key === "Enter" ? (names[at] ?? null) : null;
    },
    completed: (name) => {
      const { value, selectionStart } = field.current ?? { value: "", selectionStart: 0 };
      const from = begun.value?.from ?? selectionStart;
      close();
      const before = `${value.slice(0, from)}@${name} `;
      // The text may go on with a space.
      return {
        text: before + value.slice(selectionStart).replace(/^ /, ""),
        caret: before.length,
      };
    },
  };
}

interface Props {
  mention: Mention;
  onChoose: (name: string) => void;
}

export function MentionList({ mention, onChoose }: Props) {
  const { names, chosen, listId } = mention;
  if (names.length === 0) return null;
  return (
    <div id={listId} class={css.list} role="listbox" aria-label={t("People to mention")}>
      {names.map((name, at) => (
        <button
          key={name}
          id={`${listId}-${at}`}
          type="button"
          role="option"
          tabIndex={-1}
          aria-selected={at === chosen}
          class={classes(css.name, at === chosen && css.chosen)}
          dir="auto"
          // On pointerdown, before the field loses the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(name);
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
