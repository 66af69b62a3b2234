// Parts of the room that its first picture does without: most visits never show them.

import { lazy } from "../../ui/lazy";

/** Stands where a banner comes. */
const nothing = () => null;

export const RoomOver = lazy(async () => (await import("./RoomOver")).RoomOver);
const lobbyPages = () => import("./LobbyPages");
export const AskPassword = lazy(async () => (await lobbyPages()).AskPassword);
export const WaitingToEnter = lazy(async () => (await lobbyPages()).WaitingToEnter);
export const RoomFull = lazy(async () => (await lobbyPages()).RoomFull);
export const HostAwayBanner = lazy(
  async () => (await import("./HostAwayBanner")).HostAwayBanner,
  nothing,
);
export const KnockBanner = lazy(async () => (await import("./KnockBanner")).KnockBanner, nothing);
export const StartBanner = lazy(async () => (await import("./StartBanner")).StartBanner, nothing);
export const WaitingBanner = lazy(
  async () => (await import("./WaitingBanner")).WaitingBanner,
  nothing,
);

const hindrances = () => import("./Hindrances");
export const Silent = lazy(async () => (await hindrances()).Silent, nothing);
export const TakenAway = lazy(async () => (await hindrances()).TakenAway, nothing);
export const Unplayable = lazy(async () => (await hindrances()).Unplayable, nothing);
