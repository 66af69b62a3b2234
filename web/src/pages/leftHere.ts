// What pages store about a person on this device, apart from settings.

import { siteData } from "../siteData";
import { Unfinished, windowName } from "../uploads/unfinished";
import { forgetRoom } from "./currentRoom";

export function forgetStoredBy(person: string): void {
  new Unfinished(siteData, person, windowName()).forgetAll();
  forgetRoom();
}
