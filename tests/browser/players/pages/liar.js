window.heard = [];
addEventListener("message", (event) => window.heard.push(event.data));
const seconds = 33;
const lies = [
  { event: "onReady", info: null },
  { event: "infoDelivery", info: { playerState: 2, currentTime: seconds } },
  { event: "onStateChange", info: 2 },
  { event: "onError", info: 100 },
  { event: "ready" },
  { event: "pause", data: { seconds, duration: 99, percent: 0.3 } },
  { event: "error", data: { name: "NotFoundError", method: "ready" } },
  { type: "PLAYER_EVENT", data: { event: "pause", currentTime: seconds, duration: 99 } },
];
for (const lie of lies) {
  parent.postMessage(lie, "*");
  parent.postMessage(JSON.stringify(lie), "*");
}
parent.postMessage("not JSON {", "*");
parent.postMessage(null, "*");
// The last message tells the test that all before it have arrived.
parent.postMessage({ lies: "told" }, "*");
