// Why a picture does not show just now, in words; it comes back by itself.

export const PASSING = {
  expired: {
    title: "Renewing the link",
    text: "It had run out. The picture goes on by itself in a moment.",
    waits: true,
  },
  network: {
    title: "The picture does not load",
    text: "It goes on by itself when your connection does.",
    waits: true,
  },
} as const;
