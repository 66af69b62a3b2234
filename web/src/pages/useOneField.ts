import { useSignal } from "@preact/signals";
import { ApiError } from "../net/errors";
import { failureText, fieldText } from "./failure";

interface Options {
  value?: string;
  /** The error message for an empty field. */
  empty: string;
  /** The field's name in a sentence, and in the request. */
  label: string;
  name: string;
  send: (text: string) => Promise<void>;
}

/** A form with one text field: sends its value, and shows what is wrong with it. */
export function useOneField({ value = "", empty, label, name, send }: Options) {
  const text = useSignal(value);
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!text.value.trim()) {
      error.value = empty;
      return;
    }
    busy.value = true;
    try {
      await send(text.value.trim());
    } catch (failure) {
      const why = failure instanceof ApiError ? failure.fields[name] : undefined;
      error.value = fieldText(label, why) ?? failureText(failure);
    } finally {
      busy.value = false;
    }
  };
  const onText = (written: string) => {
    text.value = written;
    error.value = "";
  };
  const clear = () => onText("");
  return { field: { value: text.value, error: error.value, onText }, busy, submit, clear };
}
