import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { roomMembers } from "../../net/members";
import type { MembersOut } from "../../rest.gen";
import { useRoom } from "./context";

/** How long to wait after the last typed letter. */
const PAUSE_MS = 300;
/** How often an open list is refreshed, because there are no events about unlisted people. */
export const REFRESH_MS = 5000;
const MOST = 50;

/**
 * The people in the room whose names contain `wanted`, including those not listed in a big room.
 * Null without a search, and until the server has answered. With `refreshMs` the search is
 * repeated.
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
        // Ignore the failure: listed people are found without the server.
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
