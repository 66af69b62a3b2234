import { t } from "../../language/t";
import { account } from "../../net/account";
import { Button } from "../../ui/Button";
import { notify } from "../../ui/notices";
import { TextField } from "../../ui/TextField";
import { identity, me } from "../account";
import { NAME_LENGTH } from "../NameForm";
import { useOneField } from "../useOneField";
import css from "./NewKey.module.css";

/** The name that others see. Everyone can change theirs at any time. */
export function Name() {
  const { field, busy, submit } = useOneField({
    value: me.value?.display_name ?? "",
    empty: t("Enter the name that others will see."),
    label: t("The name"),
    name: "display_name",
    send: async (name) => {
      const user = await account.rename(name);
      identity.is(user);
      notify(t("Others now see “{{name}}”.", { name: user.display_name }));
    },
  });
  return (
    <form class={css.form} onSubmit={submit} noValidate>
      <TextField
        label={t("Your name")}
        hint={t("Others see this name, also in the rooms you have open.")}
        maxLength={NAME_LENGTH}
        autocomplete="nickname"
        {...field}
      />
      <Button type="submit" busy={busy.value}>
        {t("Change name")}
      </Button>
    </form>
  );
}
