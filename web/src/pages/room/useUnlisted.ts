import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { roomMembers } from "../../net/members";
import type { MembersOut } from "../../rest.gen";
import { useRoom } from "./context";

/** After the last letter that was typed. */
const PAUSE_MS = 300;
/** Of a list that stays open: nobody tells what changes about whom it leaves out. */
export const REFRESH_MS = 5000;
const MOST = 50;

/**
 * Those in the room whose name has `wanted` in it, also whom the list of a crowd leaves out. Null
 * until the server has answered, and where nobody is looked for. With `refreshMs` they are looked
 * for again and again.
 */
export function useUnlisted(
  wanted: string,
  refreshMs?: number,
): Signal<MembersOut["members"] | null> {
  const { code } = useRoom();
  const found = useSignal<MembersOut["members"] | null>(null);
  useEffect(() => {
    found.value = null;
    if (wanted === "") return;
    let isPast = false;
    const look = async () => {
      try {
        const { members } = await roomMembers(code, {
          q: wanted,
          online: "true",
          limit: `${MOST}`,
        });
        if (!isPast) found.value = members;
      } catch {
        // Whom the list has is found all the same.
      }
      if (!isPast && refreshMs) timer = setTimeout(look, refreshMs);
    };
    let timer = setTimeout(look, PAUSE_MS);
    return () => {
      isPast = true;
      clearTimeout(timer);
    };
  }, [code, wanted, refreshMs]);
  return found;
}
