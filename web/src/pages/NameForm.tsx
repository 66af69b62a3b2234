import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { continueAsGuest } from "./account";
import css from "./Form.module.css";
import { useOneField } from "./useOneField";

interface Props {
  action: string;
  onDone: () => void;
}

export const NAME_LENGTH = 40;

/** Asks for the name that others see, and makes the visitor a guest. */
export function NameForm({ action, onDone }: Props) {
  const { field, busy, submit } = useOneField({
    empty: "Enter the name that others will see.",
    label: "The name",
    name: "display_name",
    send: async (name) => {
      await continueAsGuest(name);
      onDone();
    },
  });
  return (
    <form class={css.form} onSubmit={submit} noValidate>
      <TextField
        label="Your name"
        hint="Others see this name. No account needed."
        maxLength={NAME_LENGTH}
        autocomplete="nickname"
        data-focus
        {...field}
      />
      <Button kind="primary" type="submit" busy={busy.value} wide>
        {action}
      </Button>
    </form>
  );
}
