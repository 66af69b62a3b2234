import { addControls, FakePlayer } from "./fake_player.js";

const query = new URLSearchParams(location.search);
const [mediaType, id] = location.pathname.split("/").slice(2);

const player = new FakePlayer(
  (event) => {
    const name = { playing: "play", tick: "timeupdate" }[event] ?? event;
    if (event === "play" || event === "volume" || event === "rate") return;
    const { currentTime, duration } = player;
    const progress = (currentTime / duration) * 100;
    const data = { event: name, currentTime, duration, progress, id, mediaType };
    parent.postMessage({ type: "PLAYER_EVENT", data }, "*");
  },
  // It reports seldom.
  { tick_ms: 1000 },
);
addControls(player);
const start = Number(query.get("progress") ?? 0);
if (start > 0) player.seek(start);
if (query.get("autoPlay") === "true" && id !== "405") player.play();
