// A player that shows one fixed image.

import type { Choice } from "../src/players/choices";
import type { Player } from "../src/players/player";
import type { PlayerTraits } from "../src/players/traits";

const TRAITS: PlayerTraits = {
  correction: "smooth",
  seek: true,
  pause: true,
  rate: true,
  volume: true,
  reportsProgress: true,
  reportsEvents: true,
  ownControls: false,
};

/** A bright image, the hardest background for text over it. All states show the same one. */
function frame(): HTMLElement {
  canvas ??= drawn();
  return canvas;
}

let canvas: HTMLElement | undefined;

function drawn(): HTMLElement {
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const pen = canvas.getContext("2d");
  if (!pen) return canvas;
  pen.fillStyle = "#dfe9f2";
  pen.fillRect(0, 0, 1280, 720);
  pen.fillStyle = "#f6d98a";
  pen.beginPath();
  pen.arc(920, 220, 110, 0, 7);
  pen.fill();
  pen.fillStyle = "#5c7f67";
  pen.fillRect(0, 470, 1280, 250);
  return canvas;
}

function choice(label: string, index: number): Choice {
  return { label, checked: index === 0, choose() {} };
}

export function fakePlayer(traits: Partial<PlayerTraits> = {}, buffering = false): Player {
  return {
    traits: { ...TRAITS, ...traits },
    element: frame(),
    currentTime: 754,
    duration: 5412,
    paused: false,
    buffering,
    ended: false,
    playbackRate: 1,
    volume: 0.7,
    muted: false,
    buffered: [
      [600, 1100],
      [2400, 2600],
    ],
    play: () => Promise.resolve(),
    pause() {},
    seek() {},
    setRate() {},
    setVolume() {},
    setMuted() {},
    choices: () => ({
      qualities: ["Auto (720p)", "1080p", "720p", "360p"].map(choice),
      languages: ["German", "English", "Deutsch: Hörfilm für Blinde"].map(choice),
    }),
    on: () => () => {},
    dispose() {},
  };
}
