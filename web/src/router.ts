// The current page from the address, as a signal. `navigate` changes it without a reload.

import { computed, signal } from "@preact/signals";

export type Route =
  | { page: "home" }
  | { page: "room"; code: string }
  /** `next` is untrusted: anyone can write such a link. */
  | { page: "sign-in"; next: string; invite: string; isNew: boolean }
  | { page: "library" }
  | { page: "video"; id: string }
  | { page: "account"; part?: "webhooks" }
  | { page: "not-found" };

// One object, so that a new search in the library does not count as a change of page.
const LIBRARY: Route = { page: "library" };
const VIDEO = /^\/videos\/([A-Za-z0-9-]{1,64})$/;
const ROOM = /^\/r\/([^/]+)$/;

/** Returns the page for the `path` and `query` of an address. Pure. */
export function match(path: string, query = ""): Route {
  const plain = path.replace(/(?<=.)\/$/, "");
  if (plain === "/") return { page: "home" };
  const code = readCode(unescaped(ROOM.exec(plain)?.[1] ?? ""));
  if (code) return { page: "room", code };
  const video = VIDEO.exec(plain)?.[1];
  if (video) return { page: "video", id: video };
  if (plain === "/library") return LIBRARY;
  if (plain === "/account") return { page: "account" };
  if (plain === "/account/webhooks") return { page: "account", part: "webhooks" };
  if (plain === "/sign-in") {
    const given = new URLSearchParams(query);
    const invite = given.get("invite") ?? "";
    const isNew = given.has("new") || invite !== "";
    return { page: "sign-in", next: given.get("next") ?? "/", invite, isNew };
  }
  return { page: "not-found" };
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
    // Not one of these pages, so it is the server's.
    location.assign(to);
    return;
  }
  history[replace ? "replaceState" : "pushState"](null, "", to);
  read();
  scrollTo(0, 0);
}

/** The sign-in page, or with `isNew` the sign-up page, which returns to the current page. */
export function signInPath({ isNew = false } = {}): string {
  const now = route.peek();
  const next = now.page === "sign-in" ? now.next : location.pathname + location.search;
  return `/sign-in?${isNew ? "new&" : ""}next=${encodeURIComponent(next)}`;
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

/** Normalises a room code: no groups, lower case, nothing around it. Same as in rooms/models.py. */
export function readCode(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
}

/** Decodes percent-encoding, or returns the text unchanged if it is invalid. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Handles plain clicks on links to our own pages. The browser handles all others. */
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
