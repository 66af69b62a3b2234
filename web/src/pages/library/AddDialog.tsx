import { t } from "../../language/t";
import { Dialog } from "../../ui/Dialog";
import { AddVideo } from "./AddVideo";

export function AddDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t("Add videos")} onClose={onClose}>
      <AddVideo onAdded={onClose} />
    </Dialog>
  );
}
