// The page on which tests use players: it opens one and writes down what it reports.

import { leaks } from "./leaks.js";
// After leaks.js, so that it sees all that players do.
import { createPlayer } from "./players.js";

const EVENTS = [
  "ready",
  "play",
  "pause",
  "seeked",
  "waiting",
  "playing",
  "ended",
  "ratechange",
  "durationchange",
  "progress",
  "volumechange",
  "choices",
  "error",
  "blocked",
];

// What the browser would call for a media key.
const mediaKeys = {};
const setActionHandler = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
navigator.mediaSession.setActionHandler = (action, handler) => {
  setActionHandler(action, handler);
  mediaKeys[action] = handler;
};

window.lab = {
  log: [],
  mediaKeys,
  player: null,
  leaks,

  async open(source, playable, prepare) {
    const player = await createPlayer(source, playable).catch((reason) => {
      if (!reason.detail) throw reason;
      this.refused = reason.detail;
      return null;
    });
    if (player === null) return;
    this.player = player;
    for (const event of EVENTS) {
      player.on(event, (detail) => this.log.push({ event, ...detail }));
    }
    document.getElementById("stage").append(player.element);
    prepare?.(player);
  },

  /** Ends the player, and tells whether the page is as it was before. */
  end() {
    this.player?.dispose();
    Object.assign(this, { player: null, refused: null, sought: null });
    this.log.length = 0;
    const { timers, listeners, elements } = leaks();
    return timers + listeners.length + elements === 0;
  },

  /** Says how a promise ends, without failing. */
  async outcome(promise) {
    try {
      await promise;
      return "resolved";
    } catch (reason) {
      return reason.name;
    }
  },
};
document.documentElement.dataset.lab = "open";
window.begin?.(window.lab);
