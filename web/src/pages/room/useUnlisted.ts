import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { roomMembers } from "../../net/members";
import type { MembersOut } from "../../rest.gen";
import { useRoom } from "./context";

/** After the last letter that was typed. */
const PAUSE_MS = 300;
/** Nobody tells what changes about whom the list leaves out. */
const REFRESH_MS = 5000;
const MOST = 50;

/**
 * Those in the room whose name has `wanted` in it, also whom the list of a crowd leaves out. Null
 * until the server has answered, and where nobody is looked for.
 */
export function useUnlisted(wanted: string): Signal<MembersOut["members"] | null> {
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
        // Whom the list has is found all the same, and it is tried again.
      }
      if (!isPast) timer = setTimeout(look, REFRESH_MS);
    };
    let timer = setTimeout(look, PAUSE_MS);
    return () => {
      isPast = true;
      clearTimeout(timer);
    };
  }, [code, wanted]);
  return found;
}
