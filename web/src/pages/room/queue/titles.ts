// Title and details of an item in the queue.

import { t } from "../../../language/t";
import type { QueueItem } from "../../../protocol.gen";
import { clockTime } from "../../../ui/time";
import { sourceLabel } from "../../source";

export function rowTitle(item: Pick<QueueItem, "title" | "source"> | undefined): string {
  return item ? (item.title ?? sourceLabel(item.source)) : "";
}

/** "1:32:05 · from 0:30 · Ben". */
export function rowFacts({ duration_s, start_s, added_by_name }: QueueItem): string {
  const length = duration_s === null ? [] : [clockTime(duration_s)];
  const start = start_s ? [t("from {{time}}", { time: clockTime(start_s) })] : [];
  return [...length, ...start, added_by_name].filter(Boolean).join(" · ");
}
