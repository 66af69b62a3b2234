// Where new videos are stored. Loaded once; the visitor can choose if there are several.

import { signal } from "@preact/signals";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import type { StorageOut } from "../../rest.gen";

/** Empty until they are loaded, or if they cannot be loaded. */
export const storages = signal<readonly StorageOut[]>([]);
/** Null: the server's default. */
export const chosenStorage = signal<string | null>(null);

let asked = false;

export async function loadStorages(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    storages.value = await library.storages();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    asked = false;
  }
}
