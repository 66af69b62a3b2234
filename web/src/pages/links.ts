/** Browsers hide the scheme, so people paste "youtube.com/watch?v=…". */
export function withScheme(link: string): string {
  return link === "" || /^[a-z][a-z0-9+.-]*:/i.test(link) ? link : `https://${link}`;
}
