import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../net/api";
import type { RoomOut } from "../../rest.gen";
import { createRoomSession } from "../../session/room";
import { RoomView } from "./RoomView";

/** The page of one room. Its session lives as long as the page. */
export function RoomPage({ code }: { code: string }) {
  const session = useMemo(() => {
    const made = createRoomSession(code);
    // Not in an effect, which would wait for the first paint.
    made.start();
    return made;
  }, [code]);
  const details = useMemo(() => signal<RoomOut | null>(null), [code]);
  useEffect(() => {
    // Ignore failures: the session reports a missing or unreachable room.
    api.room(code).then(
      (room) => {
        details.value = room;
      },
      () => {},
    );
    return () => session.dispose();
  }, [session, details, code]);
  return <RoomView code={code} session={session} details={details} />;
}
