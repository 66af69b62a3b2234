import { useSignal } from "@preact/signals";
import { t } from "../language/t";
import { ApiError } from "../net/api";
import { navigate } from "../router";
import { Button } from "../ui/Button";
import { CheckedForm } from "../ui/CheckedForm";
import { classes } from "../ui/classes";
import { LinkButton } from "../ui/LinkButton";
import { notify } from "../ui/notices";
import { PasswordField } from "../ui/PasswordField";
import { Tabs } from "../ui/Tabs";
import { TextField } from "../ui/TextField";
import { identity, login, logout, me, register } from "./account";
import css from "./Form.module.css";
import { failureText, fieldText } from "./failure";
import { localPath } from "./localPath";
import { NAME_LENGTH } from "./NameForm";
import { Page } from "./Page";
import { MINIMUM_PASSWORD } from "./passwords";
import { rules } from "./rules";
import { WhyUnknown } from "./WhyUnknown";

interface Props {
  /** Where to go afterwards, from the address. */
  next: string;
  /** The invite code, if the visitor followed an invite link. */
  invite?: string;
  /** The visitor wants to create an account. */
  isNew?: boolean;
}

/** Sign in, create an account (guests keep their name and rooms), sign out. */
export function SignIn({ next, invite = "", isNew = false }: Props) {
  const user = me.value;
  const tab = useSignal<"in" | "new">(isNew || rules.value.fresh !== undefined ? "new" : "in");
  if (user === undefined)
    return (
      <Page title={t("Sign in")} width="narrow">
        {identity.failure.value && <h1 tabIndex={-1}>{t("Sign in")}</h1>}
        <WhyUnknown />
      </Page>
    );
  if (user && !user.is_guest) return <SignedIn next={localPath(next)} />;
  const done = () => navigate(localPath(next));
  if (rules.value.signUp === "closed")
    return (
      <Page title={t("Sign in")} width="narrow">
        <h1 tabIndex={-1}>{t("Sign in")}</h1>
        <p class={css.muted}>
          {t("New accounts are made by whoever runs this server. Ask them if you need one.")}
        </p>
        <Credentials isNew={false} onDone={done} />
      </Page>
    );
  return (
    <Page title={t("Sign in")} width="narrow">
      <h1 tabIndex={-1}>{tab.value === "in" ? t("Sign in") : t("Create an account")}</h1>
      {user && (
        <p class={css.muted}>
          {t("You are here as a guest,")} {user.display_name}
          {t(". With an account you keep your rooms and videos on every device.")}
        </p>
      )}
      <Tabs
        label={t("Sign in or create an account")}
        tabs={[
          { name: "in", label: t("Sign in") },
          { name: "new", label: t("Create an account") },
        ]}
        selected={tab.value}
        onSelect={(name) => {
          tab.value = name;
        }}
      >
        <Credentials key={tab.value} isNew={tab.value === "new"} invite={invite} onDone={done} />
      </Tabs>
    </Page>
  );
}

function SignedIn({ next }: { next: string }) {
  const signOut = async () => {
    try {
      await logout();
    } catch (error) {
      notify(failureText(error));
    }
  };
  return (
    <Page title={t("Signed in")} width="narrow">
      <h1 tabIndex={-1}>
        {t("Hello,")} {me.value?.display_name}
      </h1>
      <p class={css.muted}>
        {t("You are signed in as")} {me.value?.email}.
      </p>
      <div class={css.ways}>
        <LinkButton href={next} kind="primary">
          {t("Continue")}
        </LinkButton>
        <Button onClick={signOut}>{t("Sign out")}</Button>
      </div>
    </Page>
  );
}

interface CredentialsProps {
  isNew: boolean;
  invite?: string;
  onDone: () => void;
}

function Credentials({ isNew, invite = "", onDone }: CredentialsProps) {
  const name = me.value?.display_name ?? "";
  const form = useSignal({ name, email: "", password: "", invite });
  const failed = useSignal<ApiError | null>(null);
  const busy = useSignal(false);
  const set = (part: Partial<typeof form.value>) => {
    form.value = { ...form.value, ...part };
    failed.value = null;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const { name: display_name, email, password, invite } = form.value;
    const code = rules.value.signUp === "invite" ? { invite } : {};
    busy.value = true;
    try {
      await (isNew ? register({ email, password, display_name, ...code }) : login(email, password));
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed.value = error;
    } finally {
      busy.value = false;
    }
  };
  const fields = failed.value?.fields ?? {};
  const general = failed.value && Object.keys(fields).length === 0;
  return (
    <CheckedForm failure={failed.value} class={classes(css.form, css.beneath)} onSubmit={submit}>
      {isNew && rules.value.signUp === "invite" && (
        <TextField
          label={t("Invite code")}
          hint={t("This server is open to invited people. Ask whoever runs it for a code.")}
          error={fieldText(t("The code"), fields.invite)}
          value={form.value.invite}
          required
          maxLength={100}
          autocomplete="off"
          onText={(invite) => set({ invite })}
        />
      )}
      {isNew && (
        <TextField
          label={t("Name")}
          hint={t("Others see this name.")}
          error={fieldText(t("The name"), fields.display_name)}
          value={form.value.name}
          required
          maxLength={NAME_LENGTH}
          autocomplete="nickname"
          onText={(name) => set({ name })}
        />
      )}
      <TextField
        label={t("Email")}
        type="email"
        error={fieldText(t("This email"), fields.email)}
        value={form.value.email}
        required
        autocomplete="email"
        onText={(email) => set({ email })}
      />
      <PasswordField
        label={t("Password")}
        hint={isNew ? t("At least {{least}} characters.", { least: MINIMUM_PASSWORD }) : undefined}
        error={fieldText(t("The password"), fields.password)}
        value={form.value.password}
        required
        minLength={isNew ? MINIMUM_PASSWORD : undefined}
        autocomplete={isNew ? "new-password" : "current-password"}
        onText={(password) => set({ password })}
      />
      {general && (
        <p class={css.error} role="alert">
          {failureText(failed.value)}
        </p>
      )}
      {!isNew && (
        <p class={css.muted}>
          {t("Forgot your password? Whoever runs this server can give you a new one.")}
        </p>
      )}
      <Button kind="primary" type="submit" busy={busy.value} wide>
        {isNew ? t("Create account") : t("Sign in")}
      </Button>
    </CheckedForm>
  );
}
