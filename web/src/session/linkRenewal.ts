// Renews the link to the current video before it expires.

import { backoffMs } from "../net/reconnect";
import type { Cancel, Timers } from "../net/timers";
import type { Player } from "../players/player";
import { inQuality } from "../players/quality";
import type { PlaybackSource } from "../protocol.gen";
import type { Playable, PlaybackOut } from "../rest.gen";
import { keyOf } from "./sourceKey";
import type { Store } from "./store";

export interface LinkRenewalOptions {
  timers: Timers;
  random: () => number;
  store: Store;
  /** Requests what is played, with new links. */
  ask: () => Promise<PlaybackOut>;
  /** Returns the version in the response that this browser plays. */
  forThisBrowser: (answer: PlaybackOut) => Playable | null;
  /** Replaces the player with one for the changed source. */
  replacePlayer: (source: PlaybackSource) => void;
}

/** A link is renewed after this share of its lifetime, so that it does not expire in use. */
const RENEW_AT = 0.8;
const MIN_RENEWAL_MS = 1_000;
const TITLE_MS = 3_000;

export class LinkRenewal {
  private cancel: Cancel = () => {};
  private askedForTitle = false;

  constructor(private readonly options: LinkRenewalOptions) {}

  /** Call it when another video plays, whose title has not been requested. */
  startOver(): void {
    this.askedForTitle = false;
  }

  stop(): void {
    this.cancel();
  }

  /** Schedules fetching a new link before the one in `answer` expires. */
  renewInTime(player: Player, source: PlaybackSource, answer: PlaybackOut): void {
    const { playable, server_time } = answer;
    if (playable?.kind === "iframe" && playable.title === null && !this.askedForTitle) {
      // The server is asking the site for the title.
      this.askedForTitle = true;
      const ask = () => void this.renewLink(player, source, 0);
      this.cancel = this.options.timers.after(TITLE_MS, ask);
    }
    if (!playable?.expires_at || !player.renew) return;
    // Use the server's clock, because ours may be wrong by hours.
    const leftMs = Date.parse(playable.expires_at) - server_time;
    this.cancel = this.options.timers.after(
      Math.max(MIN_RENEWAL_MS, leftMs * RENEW_AT),
      () => void this.renewLink(player, source, 0),
    );
  }

  private async renewLink(player: Player, source: PlaybackSource, tries: number): Promise<void> {
    const { ask, forThisBrowser, replacePlayer, store, timers, random } = this.options;
    try {
      const answer = await ask();
      const { source: told } = answer;
      if (player !== store.player.peek()) return;
      const playable = forThisBrowser(answer);
      // If something else plays by now, the socket reports it.
      if (told === null || keyOf(told) !== keyOf(source) || playable === null) return;
      const quality = store.quality.peek();
      const known = store.playable.peek();
      const [was, is] = [known && inQuality(known, quality), inQuality(playable, quality)];
      // It has changed between file and stream, which needs another player.
      if (is.kind !== was?.kind) return replacePlayer(source);
      store.playable.value = playable;
      player.renew?.(is);
      this.renewInTime(player, source, answer);
    } catch {
      if (player !== store.player.peek()) return;
      this.cancel = timers.after(
        backoffMs(tries + 1, random()),
        () => void this.renewLink(player, source, tries + 1),
      );
    }
  }
}
