// Counts what a player could leave behind. Imported first, before any player's code runs.

// Those of the program that drives the test.
const NOT_OURS = ["__playwright_global_listeners_check__", "contextmenu"];

const running = new Set();
const listening = new Map();

for (const [start, stop] of [
  ["setTimeout", "clearTimeout"],
  ["setInterval", "clearInterval"],
]) {
  const original = window[start].bind(window);
  window[start] = (act, delay, ...rest) => {
    const id = original(
      (...given) => {
        if (start === "setTimeout") running.delete(id);
        act(...given);
      },
      delay,
      ...rest,
    );
    running.add(id);
    return id;
  };
  const end = window[stop].bind(window);
  window[stop] = (id) => {
    running.delete(id);
    end(id);
  };
}

const add = window.addEventListener.bind(window);
window.addEventListener = (type, listener, options) => {
  listening.set(listener, type);
  add(type, listener, options);
};
const remove = window.removeEventListener.bind(window);
window.removeEventListener = (type, listener, options) => {
  listening.delete(listener);
  remove(type, listener, options);
};

export function leaks() {
  return {
    timers: running.size,
    listeners: [...listening.values()].filter((type) => !NOT_OURS.includes(type)),
    elements: document.querySelectorAll("iframe, video").length,
  };
}
