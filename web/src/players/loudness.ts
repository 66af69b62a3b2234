// How loud a provider's player is, and how loud it was told to be.

export class Loudness {
  volume = 1;
  muted = false;
  wishedVolume: number | null = null;
  wishedMuted: boolean | null = null;

  /** Keeps a wish, and returns what is asked for. */
  wishVolume(volume: number): number {
    this.wishedVolume = Math.min(1, Math.max(0, volume));
    return this.wishedVolume;
  }

  /** Takes what the provider says, and returns whether the user did it; null where it is no news. */
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
