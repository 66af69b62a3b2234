import { useSignal } from "@preact/signals";
import { t } from "../../language/t";
import { account } from "../../net/account";
import { ApiError } from "../../net/errors";
import { navigate } from "../../router";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { notify } from "../../ui/notices";
import { PasswordField } from "../../ui/PasswordField";
import { clearVisitor, me } from "../account";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import css from "./AccountPage.module.css";

/** Deletes the account and everything in it, after a confirmation. */
export function Leave() {
  const asking = useSignal(false);
  return (
    <section class={css.section} aria-labelledby="leave">
      <h2 id="leave">{t("Delete account")}</h2>
      <p class={formCss.muted}>
        {me.value?.is_guest
          ? t("Your videos, the rooms you host and your API keys are deleted with it, for good.")
          : t(
              "Your videos, the rooms you host, your API keys and your webhooks are deleted with it, for good.",
            )}
      </p>
      <div>
        <Button
          kind="danger"
          onClick={() => {
            asking.value = true;
          }}
        >
          {t("Delete account")}
        </Button>
      </div>
      {asking.value && (
        <ReallyLeave
          onClose={() => {
            asking.value = false;
          }}
        />
      )}
    </section>
  );
}

function ReallyLeave({ onClose }: { onClose: () => void }) {
  const isGuest = me.value?.is_guest ?? true;
  const password = useSignal("");
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    try {
      await account.remove(isGuest ? null : password.value);
      clearVisitor();
      navigate("/");
      notify(t("Your account is deleted."));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      const wrong = failure.code === "wrong_login";
      error.value = wrong ? t("This is not your password.") : failureText(failure);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={t("Delete your account?")} onClose={onClose}>
      <form class={formCss.form} onSubmit={submit}>
        <p>
          {t(
            "Your videos, your rooms and everything else of yours are deleted. Nobody can undo it.",
          )}
        </p>
        {!isGuest && (
          <PasswordField
            label={t("Your password")}
            error={error.value || undefined}
            value={password.value}
            required
            autocomplete="current-password"
            data-focus
            onText={(text) => {
              password.value = text;
              error.value = "";
            }}
          />
        )}
        {isGuest && error.value && (
          <p class={formCss.error} role="alert">
            {error.value}
          </p>
        )}
        <Button kind="danger" type="submit" busy={busy.value} wide>
          {t("Delete account for good")}
        </Button>
        <Button onClick={onClose} wide>
          {t("Cancel")}
        </Button>
      </form>
    </Dialog>
  );
}
