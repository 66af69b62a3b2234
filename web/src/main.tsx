import { render } from "preact";
import "./styles/base.css";
import { language } from "./language/language";
import { App } from "./pages/App";
import { identity } from "./pages/account";
import { startRouter } from "./router";
import { followKeyboard } from "./ui/viewport";

document.documentElement.lang = language;
startRouter();
followKeyboard();
identity.find();
const root = document.getElementById("app");
if (root) render(<App />, root);

/** Caches the offline page, which the service worker shows when the server is unreachable. */
async function keepOfflinePage(): Promise<void> {
  const cache = await caches.open("offline");
  const page = await fetch(`/offline.${language}.html`);
  if (page.ok) await cache.put("/offline", page);
  await navigator.serviceWorker.register("/sw.js");
}
// Not urgent, so wait until everything else has loaded.
const later = () => void keepOfflinePage().catch(() => {});
if (document.readyState === "complete") later();
else addEventListener("load", later);
