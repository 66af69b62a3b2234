// Texts for failures after which the video comes back by itself.

export const PASSING = {
  expired: {
    title: "Getting a new link",
    text: "The old one expired. The video continues in a moment.",
    waits: true,
  },
  network: {
    title: "The video isn’t loading",
    text: "It will continue when your connection is back.",
    waits: true,
  },
  preparing: {
    title: "This video is being prepared",
    text: "It starts here by itself as soon as it can be watched.",
    waits: true,
  },
} as const;
