import { t } from "../../language/t";
import { bytes } from "../../ui/bytes";
import { notify } from "../../ui/notices";
import type { Row } from "../../uploads/queue";
import { resumeWith } from "../../uploads/uploads";

/** Continues an upload of an earlier visit, or shows that this is not its file. */
export function findLost(row: Row, file: File): void {
  if (resumeWith(row.id, file)) return;
  const size = row.totalBytes === null ? "" : ` (${bytes(row.totalBytes)})`;
  notify(
    t("{{name}} is a different file. Choose the file of “{{other}}”{{size}}.", {
      name: file.name,
      other: row.name,
      size,
    }),
  );
}
