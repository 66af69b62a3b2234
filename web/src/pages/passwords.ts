/** The server's minimum length for new passwords. */
export const MINIMUM_PASSWORD = 10;
