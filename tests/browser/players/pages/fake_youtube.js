import { addControls, FakePlayer } from "./fake_player.js";

const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const query = new URLSearchParams(location.search);
const page = query.get("origin");
const id = location.pathname.split("/").at(-1);
const mute = id === "never-hears";
const wanted = new Set(["onReady"]);
let greeted = false;
let state = -1;

const player = new FakePlayer(
  (event) => {
    if (event === "play") enter(3);
    else if (event === "playing") enter(1);
    else if (event === "pause") enter(2);
    else if (event === "ended") enter(0);
    else if (event === "rate") send("onPlaybackRateChange", player.rate);
    else if (event === "seeked" && state === 3) enter(player.playing ? 1 : 2);
    deliver("infoDelivery");
  },
);
addControls(player, {
  // As the real one: a click into the bar pauses, buffers and plays on.
  ahead() {
    const plays = player.playing;
    if (plays) enter(2);
    player.seek(player.currentTime + 20);
    if (plays) enter(3);
  },
});

function post(message) {
  if (!greeted || mute) return;
  parent.postMessage(JSON.stringify({ ...message, id: 1, channel: "widget" }), page);
}

function send(event, info = null) {
  if (wanted.has(event)) post({ event, info });
}

function deliver(event) {
  // Before it has begun, it is nowhere.
  const currentTime = state === -1 || state === 5 ? 0 : player.currentTime;
  const { duration, rate: playbackRate, muted } = player;
  const volume = Math.round(player.volume * 100);
  const videoLoadedFraction = 0.5;
  const info = { currentTime, duration, playbackRate, muted, volume, videoLoadedFraction };
  post({ event, info: { ...info, playerState: state } });
}

function enter(next) {
  state = next;
  send("onStateChange", state);
}

function showCaptions(language) {
  document.body.dataset.captions = language;
}

const COMMANDS = {
  addEventListener: (event) => wanted.add(event),
  playVideo() {
    if (id === "autoblocked") send("onAutoplayBlocked");
    else player.play();
  },
  pauseVideo() {
    if (state === -1 || state === 5 || state === 0) return;
    player.pause();
  },
  seekTo(to) {
    // "If the function is called from another state than paused, the player will play."
    if (state === 1) enter(3);
    else if (state !== 2) player.play();
    player.seek(to);
  },
  cueVideoById({ videoId, startSeconds }) {
    if (videoId !== id) return;
    player.seek(startSeconds);
    enter(5);
  },
  setPlaybackRate(rate) {
    if (RATES.includes(rate)) player.setRate(rate);
  },
  setVolume: (volume) => player.setVolume(volume / 100),
  loadModule(module) {
    if (module === "captions") showCaptions("in the video's own language");
  },
  unloadModule(module) {
    if (module === "captions") showCaptions("");
  },
  setOption(module, option, { languageCode }) {
    // Only a module that is loaded takes options.
    if (module === "captions" && option === "track" && document.body.dataset.captions)
      showCaptions(languageCode);
  },
  mute: () => player.setVolume(player.volume, true),
  unMute: () => player.setVolume(player.volume, false),
};

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== page || query.get("enablejsapi") !== "1") return;
  const message = JSON.parse(event.data);
  if (message.event === "listening") {
    if (greeted) return;
    greeted = true;
    if (id.startsWith("error_") || (id === "stumbles" && !sessionStorage.tried)) {
      sessionStorage.tried = "yes";
      wanted.add("onError");
      send("onError", Number(id.slice(6)) || 998);
      return;
    }
    deliver("initialDelivery");
    send("onReady");
  } else if (message.event === "command") {
    COMMANDS[message.func]?.(...message.args);
  }
});
