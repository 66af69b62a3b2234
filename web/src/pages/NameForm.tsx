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

/** One field: the name that others see. Makes the visitor a guest. */
export function NameForm({ action, onDone }: Props) {
  const { field, busy, submit } = useOneField({
    empty: "Write the name that the others will see.",
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
        hint="The others see it. No account is needed."
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
