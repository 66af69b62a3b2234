// Parts of the room that its first picture does without: most visits never show them.

import { lazy } from "../../ui/lazy";

/** Stands where a banner comes. */
const nothing = () => null;

export const RoomOver = lazy(async () => (await import("./RoomOver")).RoomOver);
export const KnockBanner = lazy(async () => (await import("./KnockBanner")).KnockBanner, nothing);
export const WaitingBanner = lazy(
  async () => (await import("./WaitingBanner")).WaitingBanner,
  nothing,
);
