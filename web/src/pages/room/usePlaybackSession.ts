// Integration with the system while the room plays: the title on the lock screen, the "next" media
// key, and keeping the screen on.

import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RoomSession } from "../../session/types";
import { sourceLabel } from "../source";

export function usePlaybackSession(session: RoomSession): void {
  useTitle(session);
  useNextKey(session);
  useWakeLock(session.playing.value);
}

/** https://www.w3.org/TR/mediasession/. The players handle the keys, see players/mediaKeys.ts. */
function useTitle(session: RoomSession): void {
  useSignalEffect(() => {
    if (!("mediaSession" in navigator)) return;
    const source = session.state.value?.source ?? null;
    const title = session.playable.value?.title ?? sourceLabel(source);
    const artist = session.room.value?.name ?? "";
    navigator.mediaSession.metadata = source ? new MediaMetadata({ title, artist }) : null;
    navigator.mediaSession.playbackState = session.playing.value ? "playing" : "paused";
  });
  useEffect(
    () => () => {
      if (!("mediaSession" in navigator)) return;
      navigator.mediaSession.metadata = null;
      navigator.mediaSession.playbackState = "none";
    },
    [],
  );
}

/** Only for those who control playback, and only while the queue is not empty. */
function useNextKey(session: RoomSession): void {
  useSignalEffect(() => {
    const has = session.canControl.value && (session.queue.value?.items.length ?? 0) > 0;
    navigator.mediaSession?.setActionHandler("nexttrack", has ? () => session.next() : null);
    return () => navigator.mediaSession?.setActionHandler("nexttrack", null);
  });
}

/** Keeps the screen on while it plays. https://www.w3.org/TR/screen-wake-lock/ */
function useWakeLock(playing: boolean): void {
  useEffect(() => {
    if (!playing || !("wakeLock" in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    let asking = false;
    let ended = false;
    const take = async () => {
      if (document.hidden || asking || (lock && !lock.released)) return;
      asking = true;
      try {
        const taken = await navigator.wakeLock.request("screen");
        if (ended) await taken.release();
        else lock = taken;
      } catch {
        // The system may refuse, for example if the battery is low. Playback works without it.
      } finally {
        asking = false;
      }
    };
    void take();
    // A hidden page loses the lock.
    document.addEventListener("visibilitychange", take);
    return () => {
      ended = true;
      document.removeEventListener("visibilitychange", take);
      void lock?.release();
    };
  }, [playing]);
}
