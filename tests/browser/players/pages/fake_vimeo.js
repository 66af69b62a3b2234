import { addControls, FakePlayer } from "./fake_player.js";

const id = location.pathname.split("/").at(-1);
const page = new URL(document.referrer).origin;
const wanted = new Set();
// What goes wrong, by the video's number.
const BROKEN = {
  404: "NotFoundError",
  403: "PrivacyError",
  401: "PasswordError",
  500: "SomeError",
  // As when a part of the real one did not load: for once.
  503: sessionStorage.tried ? undefined : "ChunkLoadError",
};
sessionStorage.tried = "yes";
let aborts = id === "408";

const player = new FakePlayer((event) => {
  if (event === "play") {
    tell("play", times());
    tell("bufferstart");
  } else if (event === "playing") {
    tell("bufferend");
    tell("playing", times());
  } else if (event === "tick") {
    tell("timeupdate", times());
    tell("progress", { ...times(), seconds: 30 });
  } else if (event === "ended") {
    tell("timeupdate", times());
    tell("pause", times());
    tell("ended", times());
  } else if (event === "rate") {
    tell("playbackratechange", { playbackRate: player.rate });
  } else if (event === "volume") {
    tell("volumechange", { volume: player.volume, muted: player.muted });
  } else {
    tell(event, times());
  }
});
addControls(player);

function times() {
  const { currentTime: seconds, duration } = player;
  return { seconds, duration, percent: seconds / duration };
}

function post(message) {
  parent.postMessage(JSON.stringify(message), page);
}

function tell(event, data) {
  if (wanted.has(event)) post({ event, data });
}

const TRACKS = [
  { language: "en", kind: "captions", label: "English CC", mode: "disabled" },
  { language: "fr", kind: "subtitles", label: "Français", mode: "disabled" },
];

const METHODS = {
  ping: () => {},
  addEventListener: (event) => wanted.add(event),
  getDuration: () => player.duration,
  play() {
    if (id === "405") throw new DOMException("Not without a gesture", "NotAllowedError");
    if (aborts) {
      aborts = false;
      document.body.dataset.aborted = "";
      throw new DOMException("A pause came in between", "AbortError");
    }
    player.play();
  },
  pause: () => player.pause(),
  setCurrentTime: (to) => player.seek(to),
  setPlaybackRate(rate) {
    if (id === "406") throw new Error("This account may not change the rate");
    player.setRate(rate);
  },
  setVolume: (volume) => player.setVolume(volume),
  setMuted: (muted) => player.setVolume(player.volume, muted),
  getTextTracks: () => (id === "407" ? [] : TRACKS),
  enableTextTrack({ language, kind }) {
    const track = TRACKS.find((each) => each.language === language && each.kind === kind);
    if (!track) throw new DOMException("No such track", "InvalidTrackError");
    document.body.dataset.captions = track.label;
    return track;
  },
  disableTextTrack() {
    document.body.dataset.captions = "";
  },
};

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== page || BROKEN[id]) return;
  const { method, value } = event.data;
  try {
    post({ method, value: METHODS[method](value) ?? value });
  } catch ({ name, message }) {
    post({ event: "error", data: { method, name, message } });
  }
});
if (BROKEN[id]) {
  post({ event: "error", data: { method: "ready", name: BROKEN[id], message: "No" } });
} else {
  post({ event: "ready" });
}
