// Where new videos are kept: asked of the server once, chosen by the visitor if there is a choice.

import { signal } from "@preact/signals";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import type { StorageOut } from "../../rest.gen";

/** Empty until they are known, and where they cannot be asked for. */
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
