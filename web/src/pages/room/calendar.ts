/** The address of the calendar file with the start of a room. */
export function calendarOf(code: string): string {
  return `/api/v1/rooms/${encodeURIComponent(code)}/calendar`;
}
