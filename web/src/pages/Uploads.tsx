import { route } from "../router";
import { later } from "../ui/later";
import { uploading } from "./uploading";

const UploadTray = later(async () => (await import("./library/UploadTray")).UploadTray);

/** The tray of the uploads, over every page but a room, where one writes in its corner. */
export function Uploads() {
  if (!uploading.value || route.value.page === "room") return null;
  return <UploadTray />;
}
