/** Where the file is that puts the start of a room into a calendar. */
export function calendarOf(code: string): string {
  return `/api/v1/rooms/${encodeURIComponent(code)}/calendar`;
}
