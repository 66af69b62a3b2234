/** As the server asks of a new password. */
export const MINIMUM_PASSWORD = 10;
