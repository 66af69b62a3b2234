import { useSignal } from "@preact/signals";
import { ApiError } from "../../net/errors";
import { type FreshApiKey, library } from "../../net/library";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { failureText, fieldText } from "../failure";
import css from "./NewKey.module.css";

const NAME_LENGTH = 80;

export function NewKey({ onMade }: { onMade: (key: FreshApiKey) => void }) {
  const name = useSignal("");
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!name.value.trim()) {
      error.value = "Write a name, to know the key by.";
      return;
    }
    busy.value = true;
    try {
      onMade(await library.createKey(name.value.trim()));
      name.value = "";
    } catch (failure) {
      const why = failure instanceof ApiError ? failure.fields.name : undefined;
      error.value = fieldText("The name", why) ?? failureText(failure);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class={css.form} onSubmit={submit} noValidate>
      <TextField
        label="Name of a new key"
        placeholder="What it is for: backup script"
        value={name.value}
        error={error.value}
        maxLength={NAME_LENGTH}
        onText={(text) => {
          name.value = text;
          error.value = "";
        }}
      />
      <Button kind="primary" type="submit" busy={busy.value}>
        Create a key
      </Button>
    </form>
  );
}
