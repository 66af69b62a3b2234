// What calls the visitor back to the room: the tab's title, a sound, a notice when mentioned.

import { effect, signal } from "@preact/signals";
import type { RoomSession } from "../../session/types";
import { notify } from "../../ui/notices";
import { mentions } from "./lineParts";
import { newestAt, newSince } from "./news";

const SOUND_KEY = "streamit-chat-sound";

/** Off until the visitor turns it on. */
export const hasSound = signal(localStorage.getItem(SOUND_KEY) === "on");

export function setSound(on: boolean): void {
  hasSound.value = on;
  localStorage.setItem(SOUND_KEY, on ? "on" : "off");
  if (on) chime();
}

/** Watches the chat until the returned function is called. `isRead` says whether it is visible. */
export function watchChat(session: RoomSession, isRead: () => boolean): () => void {
  let seenAt: number | undefined;
  return effect(() => {
    const chat = session.chat.value;
    const you = session.you.peek();
    const others = seenAt === undefined ? [] : newSince(chat, seenAt, you?.id);
    seenAt = Math.max(seenAt ?? 0, newestAt(chat));
    if (others.length === 0) return;
    if (hasSound.peek()) chime();
    const call = others.findLast(({ text }) => you && mentions(text, you.name));
    if (call && !isRead()) notify(`${call.name}: ${call.text}`);
  });
}

/** A short, quiet tone. Browsers play it only after a gesture; before that nothing happens. */
function chime(): void {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.06, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.25);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
  tone.addEventListener("ended", () => void audio.close());
}
