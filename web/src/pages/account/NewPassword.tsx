import { useSignal } from "@preact/signals";
import { t } from "../../language/t";
import { account } from "../../net/account";
import { ApiError } from "../../net/errors";
import { Button } from "../../ui/Button";
import { CheckedForm } from "../../ui/CheckedForm";
import { classes } from "../../ui/classes";
import { notify } from "../../ui/notices";
import { PasswordField } from "../../ui/PasswordField";
import formCss from "../Form.module.css";
import { failureText, fieldText } from "../failure";
import { MINIMUM_PASSWORD } from "../passwords";
import css from "./AccountPage.module.css";

const EMPTY = { password: "", new_password: "" };

/** Changes the password, which signs out all other browsers. */
export function NewPassword() {
  const form = useSignal(EMPTY);
  const failed = useSignal<ApiError | null>(null);
  const busy = useSignal(false);
  const set = (part: Partial<typeof EMPTY>) => {
    form.value = { ...form.value, ...part };
    failed.value = null;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    try {
      await account.changePassword(form.value);
      form.value = EMPTY;
      notify(t("Your password is changed. Your other browsers are signed out."));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed.value = error;
    } finally {
      busy.value = false;
    }
  };
  // The server reports errors of the new password under the field name of registration.
  const fields = failed.value?.fields ?? {};
  const wrong = failed.value?.code === "wrong_login";
  const general = failed.value && !wrong && Object.keys(fields).length === 0;
  return (
    <section class={css.section} aria-labelledby="password">
      <h2 id="password">{t("Password")}</h2>
      <CheckedForm
        failure={failed.value}
        class={classes(formCss.form, css.narrow)}
        onSubmit={submit}
      >
        <PasswordField
          label={t("Current password")}
          error={wrong ? t("This is not your current password.") : undefined}
          value={form.value.password}
          required
          autocomplete="current-password"
          onText={(password) => set({ password })}
        />
        <PasswordField
          label={t("New password")}
          hint={t("At least {{least}} characters.", { least: MINIMUM_PASSWORD })}
          error={fieldText(t("The password"), fields.new_password ?? fields.password)}
          value={form.value.new_password}
          required
          minLength={MINIMUM_PASSWORD}
          autocomplete="new-password"
          onText={(new_password) => set({ new_password })}
        />
        {general && (
          <p class={formCss.error} role="alert">
            {failureText(failed.value)}
          </p>
        )}
        <div class={css.submit}>
          <Button type="submit" busy={busy.value}>
            {t("Change password")}
          </Button>
        </div>
      </CheckedForm>
    </section>
  );
}
