// The volume of a provider's player, and the volume it was set to.

export class Loudness {
  volume = 1;
  muted = false;
  wishedVolume: number | null = null;
  wishedMuted: boolean | null = null;

  /** Stores the wanted volume, and returns the one to send. */
  wishVolume(volume: number): number {
    this.wishedVolume = Math.min(1, Math.max(0, volume));
    return this.wishedVolume;
  }

  /** Handles a report, and returns whether the user changed it; null if nothing changed. */
  report(volume: number, muted: boolean): { fromUser: boolean } | null {
    if (Math.abs(volume - this.volume) < 0.005 && muted === this.muted) return null;
    this.volume = volume;
    this.muted = muted;
    const asWished =
      Math.abs(volume - (this.wishedVolume ?? volume)) < 0.02 &&
      muted === (this.wishedMuted ?? muted);
    return { fromUser: !asWished };
  }
}
