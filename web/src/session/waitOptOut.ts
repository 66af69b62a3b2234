// The rooms that need not wait for this browser. Stored, so that a reload does not forget them.

const KEY = "streamit-do-not-wait";
/** Older rooms are forgotten. */
const MOST = 20;

export type Kept = Pick<Storage, "getItem" | "setItem">;

export function isWaitedFor(kept: Kept, code: string): boolean {
  return !rooms(kept).includes(code);
}

export function setWaitedFor(kept: Kept, code: string, on: boolean): void {
  const others = rooms(kept).filter((room) => room !== code);
  kept.setItem(KEY, (on ? others : [...others, code]).slice(-MOST).join(" "));
}

function rooms(kept: Kept): string[] {
  return (kept.getItem(KEY) ?? "").split(" ").filter(Boolean);
}
