// Loads the code for uploads when it is first needed.

import { signal } from "@preact/signals";

export const uploading = signal(false);

/** Loads the code for uploads, and shows the uploads from now on. */
export async function wantUploads(): Promise<typeof import("../uploads/uploads")> {
  const uploads = await import("../uploads/uploads");
  uploading.value = true;
  return uploads;
}
