// The visitor's own volume, remembered on this device.

import type { Player } from "../../players/player";
import { siteData } from "../../siteData";

const KEY = "streamit-volume";

/** Sets a new player to the last volume. The session remembers whether it is muted. */
export function restoreVolume(player: Player): void {
  const stored = Number.parseFloat(siteData.getItem(KEY) ?? "");
  if (player.traits.volume && stored >= 0 && stored <= 1) player.setVolume(stored);
}

export function changeVolume(player: Player, volume: number): void {
  player.setVolume(volume);
  if (volume > 0 && player.muted) player.setMuted(false);
  rememberVolume(volume);
}

export function rememberVolume(volume: number): void {
  siteData.setItem(KEY, String(volume));
}
