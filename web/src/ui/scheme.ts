// Dark or light: the visitor's choice, or that of their system.
//
// The choice is stored in a cookie, so that the server can write it into the page (config/web.py),
// which then never flashes in the other scheme.

export type Scheme = "dark" | "light";

const KEPT_S = 365 * 24 * 3600;
const root = document.documentElement;

/** The visitor's choice; null if their system decides. */
export function chosenScheme(): Scheme | null {
  const { scheme } = root.dataset;
  return scheme === "dark" || scheme === "light" ? scheme : null;
}

export function chooseScheme(scheme: Scheme | null): void {
  if (scheme === null) delete root.dataset.scheme;
  else root.dataset.scheme = scheme;
  const age = scheme === null ? 0 : KEPT_S;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser.
  document.cookie = `scheme=${scheme ?? ""}; path=/; max-age=${age}; samesite=lax`;
}
