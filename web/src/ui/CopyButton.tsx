import { useSignal } from "@preact/signals";
import { Check, Copy } from "lucide-preact";
import { t } from "../language/t";
import { Button } from "./Button";
import { copy } from "./clipboard";
import { notify } from "./notices";

interface Props {
  text: string;
  label: string;
  kind?: "primary" | "secondary";
}

const SAID_MS = 2000;

/** A button that copies a text and then says "Copied". */
export function CopyButton({ text, label, kind = "secondary" }: Props) {
  const copied = useSignal(false);
  const onClick = async () => {
    copied.value = await copy(text);
    if (!copied.value)
      return notify(t("Your browser didn’t allow copying. Select the text and copy it."));
    setTimeout(() => {
      copied.value = false;
    }, SAID_MS);
  };
  return (
    <Button kind={kind} onClick={onClick} data-focus>
      {copied.value ? (
        <Check size={18} aria-hidden="true" />
      ) : (
        <Copy size={18} aria-hidden="true" />
      )}
      <span aria-live="polite">{copied.value ? t("Copied") : label}</span>
    </Button>
  );
}
