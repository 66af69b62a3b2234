import { useSignal } from "@preact/signals";
import { Button, type ButtonProps } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { notify } from "../ui/notices";
import { failureText } from "./failure";

interface Props extends Omit<ButtonProps, "action" | "onClick"> {
  /** The confirmation dialog. */
  question: { title: string; text: string; action: string; danger?: boolean };
  /** If it throws an ApiError, the dialog shows the error and stays open. */
  onConfirm: () => unknown;
}

/** A button for an action that cannot be undone: it asks first. */
export function AskButton({ question, onConfirm, ...button }: Props) {
  const asking = useSignal(false);
  const busy = useSignal(false);
  const close = () => {
    asking.value = false;
  };
  const confirm = async () => {
    busy.value = true;
    try {
      await onConfirm();
      close();
    } catch (error) {
      notify(failureText(error));
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <Button
        {...button}
        onClick={() => {
          asking.value = true;
        }}
      />
      {asking.value && (
        <Confirm {...question} busy={busy.value} onConfirm={confirm} onClose={close} />
      )}
    </>
  );
}
