// Short sentences about what just happened, each shown once. Notices.tsx shows them.

import { signal } from "@preact/signals";

export interface Notice {
  id: number;
  text: string;
  /** Whether only a reload of the page helps. It stays until then. */
  reload: boolean;
}

/** Long enough to read two short sentences. */
const SHOWN_MS = 6000;

let last = 0;
export const notices = signal<readonly Notice[]>([]);

export function notify(text: string, reload = false): void {
  const id = ++last;
  // Use peek(), so that an effect that shows a notice does not run again when the notice goes.
  const others = notices.peek().filter((notice) => notice.text !== text);
  // The same sentence twice on the screen does not help.
  notices.value = [...others, { id, text, reload }];
  if (!reload) setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Takes back a notice that is no longer true. */
export function withdraw(text: string): void {
  notices.value = notices.peek().filter((notice) => notice.text !== text);
}

export function dismiss(id: number): void {
  notices.value = notices.peek().filter((notice) => notice.id !== id);
}
