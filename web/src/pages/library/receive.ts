// Taking in what the visitor gives to the library, wherever on its pages he does.

import { notify } from "../../ui/notices";
import { mayBeVideo } from "../../uploads/titles";
import { wantUploads } from "../uploading";
import { chosenStorage } from "./storages";

/** Uploads files; says of those that are no videos that they are none. */
export function addFiles(files: readonly File[]): void {
  const strange = files.find((file) => !mayBeVideo(file));
  if (strange) notify(`${strange.name} is not a video.`);
  const wanted = files.filter(mayBeVideo);
  if (wanted.length > 0)
    void wantUploads().then(({ uploadFiles }) => uploadFiles(wanted, chosenStorage.peek()));
}

/** Has the server copy from a link. */
export function copyLink(url: string): void {
  void wantUploads().then(({ importLink }) => importLink(url, chosenStorage.peek()));
}
