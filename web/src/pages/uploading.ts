// Loads the code for uploads when it is first needed.

import { effect, signal } from "@preact/signals";
import { me } from "./account";

export const uploading = signal(false);

/** Loads the code for uploads, and shows the uploads from now on. */
export async function wantUploads(): Promise<typeof import("../uploads/uploads")> {
  const uploads = await import("../uploads/uploads");
  if (!uploading.peek()) followPerson(uploads.forgetPerson);
  uploading.value = true;
  return uploads;
}

function followPerson(forget: () => void): void {
  let person = me.peek()?.id;
  effect(() => {
    const now = me.value?.id;
    if (person !== undefined && now !== person) forget();
    person = now;
  });
}
