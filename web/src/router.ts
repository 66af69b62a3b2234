// The current page from the address, as a signal. `navigate` changes it without a reload.

import { computed, signal } from "@preact/signals";

export type Route =
  | { page: "home" }
  | { page: "room"; code: string }
  | { page: "sign-in"; next: string; invite: string }
  | { page: "library" }
  | { page: "video"; id: string }
  | { page: "account"; part?: "webhooks" }
  | { page: "not-found" };

// One object, so that a new search in the library does not count as a change of page.
const LIBRARY: Route = { page: "library" };
const VIDEO = /^\/videos\/([A-Za-z0-9-]{1,64})\/?$/;
const ROOM = /^\/r\/([A-Za-z0-9_-]{1,64})\/?$/;

/** Returns the page of `path` and its query. Pure. */
export function match(path: string, query = ""): Route {
  if (path === "/") return { page: "home" };
  const room = ROOM.exec(path)?.[1];
  if (room) return { page: "room", code: room.toLowerCase() };
  const video = VIDEO.exec(path)?.[1];
  if (video) return { page: "video", id: video };
  if (path === "/library") return LIBRARY;
  if (path === "/account") return { page: "account" };
  if (path === "/account/webhooks") return { page: "account", part: "webhooks" };
  if (path === "/sign-in") {
    const invite = new URLSearchParams(query).get("invite") ?? "";
    return { page: "sign-in", next: localPath(query), invite };
  }
  return { page: "not-found" };
}

/**
 * Where to continue after signing in. Only paths of this site: `//host` would leave it, and so
 * would `/\t/host`, because browsers drop tabs and line ends. So let the browser parse it.
 */
function localPath(query: string): string {
  const next = new URLSearchParams(query).get("next") ?? "/";
  if (!next.startsWith("/") || !URL.canParse(next, location.origin)) return "/";
  const { origin, pathname, search } = new URL(next, location.origin);
  return origin === location.origin && !pathname.startsWith("//") ? pathname + search : "/";
}

const address = signal({ path: location.pathname, query: location.search });

export const route = computed(() => match(address.value.path, address.value.query));

/** The query of the address, with its question mark. */
export const query = computed(() => address.value.query);

/** Writes the page's query into the address without a new entry in the history. */
export function replaceQuery(parameters: URLSearchParams): void {
  const text = parameters.toString();
  history.replaceState(null, "", text ? `${location.pathname}?${text}` : location.pathname);
  read();
}

function read(): void {
  const { path, query } = address.peek();
  // A jump inside the page does not change the page.
  if (path === location.pathname && query === location.search) return;
  address.value = { path: location.pathname, query: location.search };
}

export function navigate(to: string, { replace = false } = {}): void {
  if (to.startsWith("/admin")) {
    // Not one of these pages: the server's own.
    location.assign(to);
    return;
  }
  history[replace ? "replaceState" : "pushState"](null, "", to);
  read();
  scrollTo(0, 0);
}

export function roomPath(code: string): string {
  return `/r/${encodeURIComponent(code)}`;
}

export function videoPath(id: string): string {
  return `/videos/${encodeURIComponent(id)}`;
}

export function inviteLink(code: string): string {
  return new URL(roomPath(code), location.origin).href;
}

const INVITE = /\/r\/([a-z0-9]{1,16})(?![a-z0-9])/g;
/** A code as it is read aloud or written in groups; the letters are those of rooms/models.py. */
const IN_GROUPS = /^[2-9bcdfghjkmnpqrstvwxz]{10}$/;

/** The room code in what someone pasted: a code in any writing, or a text with one invite link. */
export function roomCode(text: string): string | null {
  const plain = text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .trim()
    .toLowerCase();
  const invited = new Set(Array.from(plain.matchAll(INVITE), ([, code]) => code));
  if (invited.size === 1) return [...invited][0] ?? null;
  const joined = plain.replace(/[\s-]/g, "");
  if (IN_GROUPS.test(joined)) return joined;
  return ROOM.exec(`/r/${plain}`)?.[1] ?? null;
}

/** Handles plain clicks on links to our own pages. The browser handles everything else. */
function follow(event: MouseEvent): void {
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
  const link = (event.target as Element).closest?.("a");
  if (event.defaultPrevented || !plain || !link || link.target || link.origin !== location.origin)
    return;
  if (match(link.pathname).page === "not-found" || link.hash) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

/** Starts handling links and the browser's back and forward buttons. */
export function startRouter(): void {
  addEventListener("popstate", read);
  document.addEventListener("click", follow);
}
