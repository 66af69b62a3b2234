import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Player, PlayerEvent } from "../../players/player";

export interface PlayerView {
  volume: number;
  muted: boolean;
  buffering: boolean;
  buffered: readonly [number, number][];
}

const EVENTS: readonly PlayerEvent[] = [
  "ready",
  "volumechange",
  "waiting",
  "playing",
  "seeked",
  "pause",
  "progress",
];

/** The player's state as shown in the bar; null while there is no player. */
export function usePlayer(player: Player | null): ReadonlySignal<PlayerView | null> {
  const view = useSignal<PlayerView | null>(null);
  useEffect(() => {
    const read = () => {
      view.value = player && {
        volume: player.volume,
        muted: player.muted,
        // A paused player does not wait for anything, except for the beginning of its film.
        buffering: player.buffering || player.hasLoaded === false,
        buffered: player.buffered,
      };
    };
    read();
    const stops = EVENTS.map((event) => player?.on(event, read));
    return () => {
      for (const stop of stops) stop?.();
    };
  }, [player]);
  return view;
}
