import type { KeyMade } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import formCss from "../Form.module.css";

/** Shows a new key, which cannot be shown again. */
export function ShownOnce({ fresh, onClose }: { fresh: KeyMade; onClose: () => void }) {
  return (
    <Dialog title={`The key “${fresh.name}”`} onClose={onClose}>
      <p>Copy it now: it is shown only once. Anyone who has it can act as you.</p>
      <TextField
        label="API key"
        value={fresh.key}
        readOnly
        hint="Send it in the X-API-Key header."
        onFocus={(event) => event.currentTarget.select()}
        onText={() => {}}
      />
      <div class={formCss.actions}>
        <Button onClick={onClose}>Done</Button>
        <CopyButton kind="primary" text={fresh.key} label="Copy key" />
      </div>
    </Dialog>
  );
}
