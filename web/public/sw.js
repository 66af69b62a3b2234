// Shows a page of our own when the server cannot be reached. Nothing else is kept: pages and films
// always come from the server. Every page puts it into this cache, in its language (src/main.tsx).

const CACHE = "offline";

addEventListener("install", () => {
  // The one before would stay as long as a page is open.
  self.skipWaiting();
});

addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    // The request leaves while this worker starts, so that no page comes later for it.
    await self.registration.navigationPreload?.enable();
  };
  event.waitUntil(tidy());
});

addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  const load = async () => {
    try {
      return (await event.preloadResponse) ?? (await fetch(event.request));
    } catch {
      return (await caches.match("/offline")) ?? Response.error();
    }
  };
  event.respondWith(load());
});
