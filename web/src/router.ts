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
const VIDEO = /^\/videos\/([A-Za-z0-9-]{1,64})$/;
const ROOM = /^\/r\/([^/]+)$/;

/** Returns the page of `path`, as it stands in an address, and its query. Pure. */
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

/** The letters and the length are those of rooms/models.py. */
const CODE = /^[2-9bcdfghjkmnpqrstvwxz]{10}$/;
/** A code that stands in a text, in groups or not. */
const CODE_IN_TEXT =
  /(?<![a-z0-9])[2-9bcdfghjkmnpqrstvwxz](?:[^a-z0-9]{0,3}[2-9bcdfghjkmnpqrstvwxz]){9}(?![a-z0-9])/g;
/** The end of an invite link, of which only "r/" is the same everywhere. */
const INVITE = /(?<![a-z0-9])r\/([^\s/?#<>"&]{10,100})/g;

/** A code without its groups, capitals and whatever is beside it; rooms/models.py says the same. */
function readCode(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
}

/** The room code in what someone pasted: a text with one code in any writing, or one invite link. */
export function roomCode(text: string): string | null {
  const plain = unescaped(text)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Cf}/gu, "");
  for (const pattern of [INVITE, CODE_IN_TEXT]) {
    const codes = Array.from(plain.matchAll(pattern), (found) => codeIn(found[1] ?? found[0]));
    const [code, ...others] = new Set(codes.filter((code) => code !== null));
    if (others.length > 0) return null;
    if (code) return code;
  }
  return codeIn(plain);
}

/** The one code in a part of a text that has nothing else, or only something behind it. */
function codeIn(part: string): string | null {
  const whole = readCode(part);
  if (CODE.test(whole)) return whole;
  const [first] = part.match(CODE_IN_TEXT) ?? [];
  return first && part.startsWith(first) ? readCode(first) : null;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
