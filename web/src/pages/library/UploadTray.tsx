import { useEffect } from "preact/hooks";
import { uploads } from "../../uploads/uploads";
import { Tray } from "./Tray";
import { videos } from "./videos";

/** The uploads of this page. Finished ones appear in the library's list. */
export function UploadTray() {
  useEffect(() => {
    uploads.onDone = () => void videos.refresh();
  }, []);
  return <Tray queue={uploads} />;
}
