import { route } from "../router";
import { lazyOver } from "../ui/lazy";
import { uploading } from "./uploading";

const UploadTray = lazyOver(async () => (await import("./library/UploadTray")).UploadTray);

/** The tray of uploads, on every page except a room, where it would cover the chat. */
export function Uploads() {
  if (!uploading.value || route.value.page === "room") return null;
  return <UploadTray />;
}
