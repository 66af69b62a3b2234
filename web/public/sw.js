// Shows an offline page when the server cannot be reached. Nothing else is cached: pages and films
// always come from the server. Every page adds the offline page in its language (src/main.tsx).

const CACHE = "offline";

addEventListener("install", () => {
  // Otherwise the previous worker stays active as long as a page is open.
  self.skipWaiting();
});

addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    // Send the request while this worker starts, so that pages do not load later because of it.
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
