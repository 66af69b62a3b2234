import { t } from "../language/t";
import { signInPath } from "../router";
import { Button } from "../ui/Button";
import { LinkButton } from "../ui/LinkButton";
import { TextField } from "../ui/TextField";
import { continueAsGuest, identity, wasMember } from "./account";
import css from "./Form.module.css";
import { rules } from "./rules";
import { useOneField } from "./useOneField";

interface Props {
  action: string;
  onDone: () => void;
  /** The visitor goes to sign in instead. */
  onLeave?: () => void;
}

export const NAME_LENGTH = 40;

/** The heading above the form. */
export function whoAreYou(): string {
  return mustSignIn() ? t("Sign in to continue") : t("What should we call you?");
}

function mustSignIn(): boolean {
  return rules.value.guests === "off" || wasMember.value;
}

/** Asks for a name, which makes the visitor a guest, or lets them sign in. */
export function NameForm({ onLeave, ...props }: Props) {
  const href = signInPath();
  if (mustSignIn())
    return (
      <div class={css.form}>
        <p class={css.muted}>
          {wasMember.value
            ? t("You were signed out on this device.")
            : t("This server is for people with an account.")}
        </p>
        <div class={css.ways}>
          {/* Caught here, because the button itself is a plain link. */}
          <div onClickCapture={onLeave}>
            <LinkButton href={href} kind="primary">
              {t("Sign in")}
            </LinkButton>
          </div>
          {rules.value.guests !== "off" && (
            <Button
              onClick={() => {
                identity.is(null);
              }}
            >
              {t("Continue as a guest")}
            </Button>
          )}
        </div>
      </div>
    );
  return (
    <>
      <GuestName {...props} />
      <p class={css.muted}>
        {t("Have an account?")}{" "}
        <a href={href} class="large-target" onClick={onLeave}>
          {t("Sign in")}
        </a>
      </p>
    </>
  );
}

function GuestName({ action, onDone }: Omit<Props, "onLeave">) {
  const { field, busy, submit } = useOneField({
    empty: t("Enter the name that others will see."),
    label: t("The name"),
    name: "display_name",
    send: async (name) => {
      await continueAsGuest(name);
      onDone();
    },
  });
  return (
    <form class={css.form} onSubmit={submit} noValidate>
      <TextField
        label={t("Your name")}
        hint={t("Others see this name. No account needed.")}
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
