/** People paste "youtube.com/watch?v=…" from where their browser hides the scheme. */
export function withScheme(link: string): string {
  return link === "" || /^[a-z][a-z0-9+.-]*:/i.test(link) ? link : `https://${link}`;
}
