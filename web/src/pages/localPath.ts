/**
 * The path on this site that `next` names, or that of the home page. `//host` would leave the site,
 * and so would `/\t/host`, because browsers drop tabs and line ends. So the browser parses it.
 */
export function localPath(next: string): string {
  if (!next.startsWith("/") || !URL.canParse(next, location.origin)) return "/";
  const { origin, pathname, search } = new URL(next, location.origin);
  return origin === location.origin && !pathname.startsWith("//") ? pathname + search : "/";
}
