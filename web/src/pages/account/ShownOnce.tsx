import { t } from "../../language/t";
import type { KeyMade } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import formCss from "../Form.module.css";

/** Shows a new key, which cannot be shown again. */
export function ShownOnce({ fresh, onClose }: { fresh: KeyMade; onClose: () => void }) {
  return (
    <Dialog title={t("The key “{{name}}”", { name: fresh.name })} onClose={onClose}>
      <p>{t("Copy it now: it is shown only once. Anyone who has it can act as you.")}</p>
      <TextField
        label={t("API key")}
        value={fresh.key}
        readOnly
        hint={t("Send it in the X-API-Key header.")}
        onFocus={(event) => event.currentTarget.select()}
        onText={() => {}}
      />
      <div class={formCss.actions}>
        <Button onClick={onClose}>{t("Done")}</Button>
        <CopyButton kind="primary" text={fresh.key} label={t("Copy key")} />
      </div>
    </Dialog>
  );
}
