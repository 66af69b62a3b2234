// Whether the part of the pages that uploads is wanted: it is loaded then, and stays.

import { signal } from "@preact/signals";

export const uploading = signal(false);

/** Loads the uploads, and shows them from now on. */
export async function wantUploads(): Promise<typeof import("../uploads/uploads")> {
  const uploads = await import("../uploads/uploads");
  uploading.value = true;
  return uploads;
}
