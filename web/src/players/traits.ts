// What a player can do, and how it is followed.

export interface PlayerTraits {
  /**
   * How to correct its position. smooth: small changes of the rate. coarse: seeks, and only for
   * large errors. passive: every seek, play and pause reloads the embed, which takes seconds, so
   * correct it only when it is far off, and never while it is `buffering`.
   */
  correction: "smooth" | "coarse" | "passive";
  seek: boolean;
  pause: boolean;
  rate: boolean;
  volume: boolean;
  reportsProgress: boolean;
  reportsEvents: boolean;
  /** It shows its own controls. Their use is reported by events with `fromUser`. */
  ownControls: boolean;
}
