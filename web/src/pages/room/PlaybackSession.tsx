import { useRoom } from "./context";
import { usePlaybackSession } from "./usePlaybackSession";

/** What the system knows of the room; it shows nothing on the page. */
export function PlaybackSession() {
  usePlaybackSession(useRoom().session);
  return null;
}
