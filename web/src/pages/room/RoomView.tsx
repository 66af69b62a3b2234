import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RoomOut } from "../../rest.gen";
import type { RoomSession } from "../../session/types";
import { notify, withdraw } from "../../ui/notices";
import { forgetRoom, rememberRoom } from "../currentRoom";
import { RoomProvider } from "./context";
import { focusOnHeading } from "./focusOnHeading";
import { Lobby } from "./Lobby";
import { RoomOver } from "./lazyParts";
import { Names } from "./names";
import { RoomLayout } from "./RoomLayout";

interface Props {
  code: string;
  session: RoomSession;
  details: ReadonlySignal<RoomOut | null>;
}

/** The lobby, the room or its end, depending on the session. */
export function RoomView({ code, session, details }: Props) {
  const names = useMemo(() => new Names(session, details), [session, details]);
  useEffect(() => () => names.dispose(), [names]);
  const context = useMemo(
    () => ({ code, session, details, names }),
    [code, session, details, names],
  );
  useSignalEffect(() => {
    const notice = session.notice.value;
    if (notice) notify(notice.text);
  });
  useSignalEffect(() => {
    const name = session.room.value?.name;
    if (session.connection.value.kind === "over") {
      forgetRoom(code);
      // What was said in the room is not true any more.
      withdraw(session.notice.peek()?.text ?? "");
    } else if (name !== undefined) rememberRoom({ code, name });
  });
  const entry = session.entry.value;
  const connection = session.connection.value;
  useFocusAfterChange(`${entry.kind} ${connection.kind === "over"}`);
  return (
    <RoomProvider value={context}>
      {entry.kind !== "joined" ? (
        <Lobby entry={entry} />
      ) : connection.kind === "over" ? (
        <RoomOver reason={connection.reason} />
      ) : (
        <RoomLayout />
      )}
    </RoomProvider>
  );
}

/** Restores a focus that was lost with the previous page. */
function useFocusAfterChange(state: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) focusOnHeading();
    first.current = false;
  }, [state]);
}
