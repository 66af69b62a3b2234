// The browser's storage for this site, or the page's memory if the browser stores nothing.
//
// Accessing a Storage throws if the user blocks site data, and writing throws if it is full.
// Neither may break the page.
// https://html.spec.whatwg.org/multipage/webstorage.html#dom-localstorage

export type SiteData = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class KeptOrNot implements SiteData {
  /** What the browser did not store. */
  readonly #here = new Map<string, string>();

  /** `storage` throws or returns nothing if the browser stores nothing. */
  constructor(private readonly storage: () => Storage | null | undefined) {}

  getItem(key: string): string | null {
    const here = this.#here.get(key);
    if (here !== undefined) return here;
    try {
      return this.storage()?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  setItem(key: string, value: string): void {
    this.#here.set(key, value);
    try {
      const storage = this.storage();
      storage?.setItem(key, value);
      // Another window may change it from now on.
      if (storage) this.#here.delete(key);
    } catch {
      // Kept in memory until the page is left.
    }
  }

  removeItem(key: string): void {
    this.#here.delete(key);
    try {
      this.storage()?.removeItem(key);
    } catch {
      // There is nothing to remove.
    }
  }
}

/** Kept until somebody removes it, for every window. */
export const siteData: SiteData = new KeptOrNot(() => globalThis.localStorage);

/** Kept while this window is open, also through a reload. */
export const windowData: SiteData = new KeptOrNot(() => globalThis.sessionStorage);
