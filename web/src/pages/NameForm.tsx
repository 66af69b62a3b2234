import { useSignal } from "@preact/signals";
import { ApiError } from "../net/api";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { continueAsGuest } from "./account";
import css from "./Form.module.css";
import { failureText, fieldText } from "./failure";

interface Props {
  action: string;
  onDone: () => void;
}

export const NAME_LENGTH = 40;

/** One field: the name that others see. Makes the visitor a guest. */
export function NameForm({ action, onDone }: Props) {
  const name = useSignal("");
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!name.value.trim()) {
      error.value = "Write the name that the others will see.";
      return;
    }
    busy.value = true;
    try {
      await continueAsGuest(name.value.trim());
      onDone();
    } catch (failure) {
      const why = failure instanceof ApiError && failure.fields.display_name;
      error.value = fieldText("The name", why || undefined) ?? failureText(failure);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class={css.form} onSubmit={submit} noValidate>
      <TextField
        label="Your name"
        hint="The others see it. No account is needed."
        error={error.value}
        value={name.value}
        maxLength={NAME_LENGTH}
        autocomplete="nickname"
        data-focus
        onText={(text) => {
          name.value = text;
          error.value = "";
        }}
      />
      <Button kind="primary" type="submit" busy={busy.value} wide>
        {action}
      </Button>
    </form>
  );
}
