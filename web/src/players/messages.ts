// Reads the messages of frames. They can come from anyone, so everything is checked.

/** Reads a frame's message, which is an object or JSON text. Returns null for anything else. */
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

/** Returns `value` if it is a finite number. */
export function numeric(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
