import type { KeyMade } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import formCss from "../Form.module.css";

/** A new key, which nobody can show again. */
export function ShownOnce({ fresh, onClose }: { fresh: KeyMade; onClose: () => void }) {
  return (
    <Dialog title={`The key “${fresh.name}”`} onClose={onClose}>
      <p>Copy it now: it is shown this once. Whoever has it may do what you may.</p>
      <TextField
        label="API key"
        value={fresh.key}
        readOnly
        hint="A program sends it in the header X-API-Key."
        onFocus={(event) => event.currentTarget.select()}
        onText={() => {}}
      />
      <div class={formCss.actions}>
        <Button onClick={onClose}>Done</Button>
        <CopyButton kind="primary" text={fresh.key} label="Copy the key" />
      </div>
    </Dialog>
  );
}
