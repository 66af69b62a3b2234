// The visitor's own loudness, remembered on this device.

import type { Player } from "../../players/player";

const KEY = "streamit-volume";

/** Gives a new player the loudness of the last one. Whether it is muted the session remembers. */
export function restoreVolume(player: Player): void {
  const stored = Number.parseFloat(localStorage.getItem(KEY) ?? "");
  if (player.traits.volume && stored >= 0 && stored <= 1) player.setVolume(stored);
}

export function changeVolume(player: Player, volume: number): void {
  player.setVolume(volume);
  if (volume > 0 && player.muted) player.setMuted(false);
  rememberVolume(volume);
}

export function rememberVolume(volume: number): void {
  localStorage.setItem(KEY, String(volume));
}
