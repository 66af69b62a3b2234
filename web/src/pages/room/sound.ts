// The sound for new messages, off until the visitor turns it on.

import { signal } from "@preact/signals";
import { siteData } from "../../siteData";

const SOUND_KEY = "streamit-chat-sound";

export const hasSound = signal(siteData.getItem(SOUND_KEY) === "on");

export function setSound(on: boolean): void {
  hasSound.value = on;
  siteData.setItem(SOUND_KEY, on ? "on" : "off");
  if (on) chime();
}

/** A browser keeps only a few open at a time. */
const CLOSED_MS = 1000;

/** A short, quiet tone. Browsers play it only after a gesture; before that nothing happens. */
export function chime(): void {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.06, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.25);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
  // Not when the tone has ended: one that may not be played never ends.
  setTimeout(() => void audio.close(), CLOSED_MS);
}
