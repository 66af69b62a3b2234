import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../net/api";
import type { RoomOut } from "../../rest.gen";
import { createRoomSession } from "../../session/room";
import { RoomView } from "./RoomView";

/** The room that the address names; the session lives as long as the page. */
export function RoomPage({ code }: { code: string }) {
  const session = useMemo(() => createRoomSession(code), [code]);
  const details = useMemo(() => signal<RoomOut | null>(null), [code]);
  useEffect(() => {
    session.start();
    // What the door says: the session itself tells a room that is not there or cannot be reached.
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
