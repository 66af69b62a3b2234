// Shared by all parts of the room page: the session, and the room's details from REST.

import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { RoomOut } from "../../rest.gen";
import type { RoomSession } from "../../session/types";
import type { Names } from "./names";

export interface RoomContext {
  code: string;
  session: RoomSession;
  /** The room from REST, also before joining; null until it is loaded. */
  details: ReadonlySignal<RoomOut | null>;
  names: Names;
}

const Context = createContext<RoomContext | null>(null);

export const RoomProvider = Context.Provider;

/** The room of this page. Use it only inside a RoomProvider. */
export function useRoom(): RoomContext {
  const room = useContext(Context);
  if (!room) throw new Error("There is no room here.");
  return room;
}
