import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RoomOut } from "../../rest.gen";
import type { RoomSession } from "../../session/types";
import { notify } from "../../ui/notices";
import { RoomProvider } from "./context";
import { Door } from "./Door";
import { Names } from "./names";
import { RoomOver } from "./RoomOver";
import { Theatre } from "./Theatre";

interface Props {
  code: string;
  session: RoomSession;
  details: ReadonlySignal<RoomOut | null>;
}

/** The door, the room or its end, as the session says. */
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
  const entry = session.entry.value;
  const connection = session.connection.value;
  useFocusAfterChange(`${entry.kind} ${connection.kind === "over"}`);
  return (
    <RoomProvider value={context}>
      {entry.kind !== "joined" ? (
        <Door entry={entry} />
      ) : connection.kind === "over" ? (
        <RoomOver reason={connection.reason} />
      ) : (
        <Theatre />
      )}
    </RoomProvider>
  );
}

/** Gives the focus to the heading when what had it went away with the state before. */
function useFocusAfterChange(state: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && document.activeElement === document.body)
      document.querySelector<HTMLElement>("h1[tabindex]")?.focus();
    first.current = false;
  }, [state]);
}
