import { useSignal } from "@preact/signals";
import { Check, Copy } from "lucide-preact";
import { Button } from "./Button";
import { copy } from "./clipboard";
import { notify } from "./notices";

interface Props {
  text: string;
  label: string;
  kind?: "primary" | "secondary";
}

const SAID_MS = 2000;

/** Copies a text and says so in its own place. */
export function CopyButton({ text, label, kind = "secondary" }: Props) {
  const copied = useSignal(false);
  const onClick = async () => {
    copied.value = await copy(text);
    if (!copied.value) return notify("Your browser did not let us copy. Select the link instead.");
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
      <span aria-live="polite">{copied.value ? "Copied" : label}</span>
    </Button>
  );
}
