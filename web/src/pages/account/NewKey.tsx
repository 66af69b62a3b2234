import { t } from "../../language/t";
import { library } from "../../net/library";
import type { KeyMade } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { useOneField } from "../useOneField";
import css from "./NewKey.module.css";

const NAME_LENGTH = 80;

export function NewKey({ onMade }: { onMade: (key: KeyMade) => void }) {
  const { field, busy, submit, clear } = useOneField({
    empty: t("Enter a name for the key."),
    label: t("The name"),
    name: "name",
    send: async (name) => {
      onMade(await library.createKey(name));
      clear();
    },
  });
  return (
    <form class={css.form} onSubmit={submit} noValidate>
      <TextField
        label={t("Name of the new key")}
        placeholder={t("For example: backup script")}
        maxLength={NAME_LENGTH}
        {...field}
      />
      <Button type="submit" busy={busy.value}>
        {t("Create key")}
      </Button>
    </form>
  );
}
