import { t } from "../language/t";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import formCss from "./Form.module.css";

interface Props {
  title: string;
  text: string;
  /** The name of the secret, and how to use it. */
  label: string;
  hint: string;
  secret: string;
  copy: string;
  onClose: () => void;
}

/** Shows a new secret, which cannot be shown again. */
export function ShownOnce({ title, text, label, hint, secret, copy, onClose }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <TextField
        label={label}
        value={secret}
        readOnly
        hint={hint}
        onFocus={(event) => event.currentTarget.select()}
        onText={() => {}}
      />
      <div class={formCss.actions}>
        <Button onClick={onClose}>{t("Done")}</Button>
        <CopyButton kind="primary" text={secret} label={copy} />
      </div>
    </Dialog>
  );
}
