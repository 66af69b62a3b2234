// Adds files and links to the library, from any of its pages.

import { t } from "../../language/t";
import { notify } from "../../ui/notices";
import { mayBeVideo } from "../../uploads/titles";
import { mayUpload, WHY_NO_UPLOADS } from "../rules";
import { wantUploads } from "../uploading";
import { chosenStorage } from "./storages";

/** Uploads files, and says which ones are not videos. */
export function addFiles(files: readonly File[]): void {
  if (!mayUpload.value) {
    notify(WHY_NO_UPLOADS);
    return;
  }
  const strange = files.find((file) => !mayBeVideo(file));
  if (strange) notify(t("{{name}} is not a video.", { name: strange.name }));
  const wanted = files.filter(mayBeVideo);
  if (wanted.length > 0)
    void wantUploads().then(({ uploadFiles }) => uploadFiles(wanted, chosenStorage.peek()));
}

/** Lets the server copy a video from a link. */
export function copyLink(url: string): void {
  void wantUploads().then(({ importLink }) => importLink(url, chosenStorage.peek()));
}
