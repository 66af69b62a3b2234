// Parts of the room that are loaded on demand, because most visits never show them.

import { filmShown } from "../../session/arrival";
import { lazy, lazyOver } from "../../ui/lazy";
import { MissingCover } from "./Cover";

const playbackProblems = () => import("./PlaybackProblems");
export const RoomOver = lazy(async () => (await import("./RoomOver")).RoomOver);
const lobbyPages = () => import("./LobbyPages");
export const AskPassword = lazy(async () => (await lobbyPages()).AskPassword);
export const WaitingToEnter = lazy(async () => (await lobbyPages()).WaitingToEnter);
export const RoomFull = lazy(async () => (await lobbyPages()).RoomFull);
// Only decoration, so a failure to load it is not reported.
export const FloatingReactions = lazyOver(
  async () => (await import("./FloatingReactions")).FloatingReactions,
  () => null,
);
// Loaded later, so that the film starts sooner.
export const RoomMenu = lazyOver(async () => {
  await filmShown();
  return (await import("./RoomMenu")).RoomMenu;
});
// It is not missed on the page.
export const PlaybackSession = lazyOver(
  async () => {
    await filmShown();
    // They say what is wrong when the network fails, so they must be there before.
    void playbackProblems().catch(() => {});
    return (await import("./PlaybackSession")).PlaybackSession;
  },
  () => null,
);
export const LastingBanners = lazyOver(
  async () => (await import("./LastingBanners")).LastingBanners,
);

export const Silent = lazyOver(async () => (await playbackProblems()).Silent, MissingCover);
export const TakenAway = lazyOver(async () => (await playbackProblems()).TakenAway, MissingCover);
export const Unplayable = lazyOver(async () => (await playbackProblems()).Unplayable, MissingCover);
