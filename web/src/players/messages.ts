// Reading what frames send: anybody's data until it is checked.

/** Reads a message of a frame, which may be an object or its JSON text; null for any other. */
export function readMessage(data: unknown): Record<string, unknown> | null {
  let message = data;
  if (typeof data === "string") {
    try {
      message = JSON.parse(data);
    } catch {
      return null;
    }
  }
  return isRecord(message) ? message : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns `value` when it is a number that can be reckoned with. */
export function numeric(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
