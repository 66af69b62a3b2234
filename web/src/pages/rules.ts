// This server's rules for strangers, which it writes into the page (config/web.py).

import { computed, signal } from "@preact/signals";
import { t } from "../language/t";
import { me } from "./account";

export interface Rules {
  signUp: "open" | "invite" | "closed";
  guests: "upload" | "watch" | "off";
  /** After how many days inactive guests are removed, with everything they own. */
  guestDays: string;
  /** Set on the home page while nobody has an account here. */
  fresh?: string;
}

export const rules = signal<Rules>({
  signUp: "open",
  guests: "upload",
  guestDays: "90",
  ...document.documentElement.dataset,
});

/** Whether the visitor may upload files and copy from links; a stranger counts as a guest. */
export const mayUpload = computed(
  () => rules.value.guests === "upload" || me.value?.is_guest === false,
);

/** Why they may not. */
export const WHY_NO_UPLOADS = t("Guests can’t upload on this server.");
