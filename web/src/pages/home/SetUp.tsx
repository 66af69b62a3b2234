import { Check } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { t } from "../../language/t";
import { signInPath } from "../../router";
import { LinkButton } from "../../ui/LinkButton";
import { me } from "../account";
import { isLocal } from "../localAddress";
import { rules } from "../rules";
import css from "./SetUp.module.css";

/** The first steps on a server without accounts. */
export function SetUp() {
  if (rules.value.fresh === undefined) return null;
  return (
    <section class={css.card} aria-labelledby="set-up">
      <h2 id="set-up">{t("Set up your server")}</h2>
      <ol class={css.steps}>
        <Step title={t("Create your account")} done={me.value?.is_guest === false}>
          <Account />
        </Step>
        <Step title={t("Let others on your network in")} done={!isLocal}>
          {isLocal ? (
            <p>
              {t("Only this computer reaches this address. To answer others too, start it with")}{" "}
              <code>./streamit up --host 0.0.0.0</code>
            </p>
          ) : (
            <p>
              {t("It answers at")} <code>{location.origin}</code>
            </p>
          )}
        </Step>
        <Step title={t("Invite friends")}>
          <p>{t("Make a room above, and send its link. They need no account.")}</p>
        </Step>
      </ol>
    </section>
  );
}

function Account() {
  if (me.value?.is_guest === false)
    return (
      <p>
        {t("To see everyone’s rooms and videos at /admin/, run")}{" "}
        <code>./streamit admin staff {me.value.email}</code>
      </p>
    );
  if (rules.value.signUp !== "open")
    return (
      <p>
        {t("Make one in the terminal:")} <code>./streamit admin create</code>
      </p>
    );
  return (
    <>
      <p>{t("It keeps your rooms and videos on every device.")}</p>
      <LinkButton href={signInPath({ isNew: true })}>{t("Create an account")}</LinkButton>
    </>
  );
}

interface StepProps {
  title: string;
  done?: boolean;
  children: ComponentChildren;
}

function Step({ title, done = false, children }: StepProps) {
  return (
    <li class={css.step}>
      <span class={css.mark} aria-hidden="true">
        {done && <Check size={16} />}
      </span>
      <div class={css.text}>
        <h3>
          {title}
          {done && <span class="visually-hidden">{t("(done)")}</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}
