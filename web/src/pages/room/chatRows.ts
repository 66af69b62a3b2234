// The chat as rows: messages grouped by person and minute, days, joins and leaves. Pure.

import { listed, t } from "../../language/t";
import type { Role } from "../../protocol.gen";
import type { PresenceChange } from "../../session/presenceChanges";
import type { ChatItem } from "../../session/types";

export interface Group {
  kind: "group";
  /** The id of its first message. */
  id: string;
  member: string;
  name: string;
  role: Role;
  at: number;
  items: ChatItem[];
}

export interface People {
  kind: "people";
  id: string;
  at: number;
  joined: string[];
  left: string[];
}

export interface Day {
  kind: "day";
  id: string;
  at: number;
}

export type Row = Group | People | Day;

const MINUTE_MS = 60_000;

/** `now` is room time in ms; messages of today have no row with the date above them. */
export function chatRows(
  chat: readonly ChatItem[],
  presenceChanges: readonly PresenceChange[],
  now: number,
): readonly Row[] {
  const rows: Row[] = [];
  let day = dayOf(now);
  let waiting = 0;
  for (const item of chat) {
    const before = waiting;
    while (waiting < presenceChanges.length && (presenceChanges[waiting]?.at ?? 0) < item.at)
      waiting++;
    fold(rows, presenceChanges.slice(before, waiting));
    if (dayOf(item.at) !== day) {
      day = dayOf(item.at);
      rows.push({ kind: "day", id: `day ${day}`, at: item.at });
    }
    place(rows, item);
  }
  fold(rows, presenceChanges.slice(waiting));
  return rows;
}

function place(rows: Row[], item: ChatItem): void {
  const last = rows.at(-1);
  const minute = Math.floor(item.at / MINUTE_MS);
  const continues =
    last?.kind === "group" &&
    last.member === item.member &&
    last.role === item.role &&
    Math.floor(last.at / MINUTE_MS) === minute;
  if (continues) last.items.push(item);
  else {
    const { id, member, name, role, at } = item;
    rows.push({ kind: "group", id, member, name, role, at, items: [item] });
  }
}

/** Merges joins and leaves into one row. Someone who did both, in either order, is dropped. */
function fold(rows: Row[], presenceChanges: readonly PresenceChange[]): void {
  const joined = new Map<string, string>();
  const left = new Map<string, string>();
  for (const change of presenceChanges) {
    for (const { id, name } of change.left) if (!joined.delete(id)) left.set(id, name);
    for (const { id, name } of change.joined) if (!left.delete(id)) joined.set(id, name);
  }
  const at = presenceChanges.at(-1)?.at;
  if (at === undefined || joined.size + left.size === 0) return;
  const names = { joined: [...joined.values()], left: [...left.values()] };
  rows.push({ kind: "people", id: `people ${at}`, at, ...names });
}

function dayOf(epochMs: number): string {
  return new Date(epochMs).toDateString();
}

const SHOWN_NAMES = 3;

/** "Ana, Ben and 4 others joined. Cem left." */
export function peopleText({ joined, left }: Pick<People, "joined" | "left">): string {
  const sentences = [];
  if (joined.length > 0) sentences.push(t("{{names}} joined.", { names: shortened(joined) }));
  if (left.length > 0) sentences.push(t("{{names}} left.", { names: shortened(left) }));
  return sentences.join(" ");
}

function shortened(names: readonly string[]): string {
  const more = names.length - SHOWN_NAMES;
  if (more <= 0) return listed(names);
  return listed([...names.slice(0, SHOWN_NAMES - 1), t("{{count}} others", { count: more + 1 })]);
}
