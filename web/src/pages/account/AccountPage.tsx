import { t } from "../../language/t";
import { LinkButton } from "../../ui/LinkButton";
import { me } from "../account";
import formCss from "../Form.module.css";
import { Page } from "../Page";
import { rules } from "../rules";
import css from "./AccountPage.module.css";
import { Browsers } from "./Browsers";
import { Keys } from "./Keys";
import { Leave } from "./Leave";
import { Looks } from "./Looks";
import { Name } from "./Name";
import { NewPassword } from "./NewPassword";

/** The visitor's account: name, password, browsers, API keys, leaving. */
export function AccountPage() {
  const user = me.value;
  return (
    <Page title={t("Account")} width="wide">
      <section class={css.section}>
        <h1 tabIndex={-1}>{t("Account")}</h1>
        {user === null && (
          <>
            <p class={formCss.muted}>{t("You are not signed in.")}</p>
            <div>
              <LinkButton href="/sign-in?next=/account" kind="primary">
                {t("Sign in")}
              </LinkButton>
            </div>
          </>
        )}
        {user && (
          <p class={formCss.muted}>
            {user.is_guest
              ? guestText(Number(rules.value.guestDays))
              : t("You are {{name}}, signed in as {{email}}.", {
                  name: user.display_name,
                  email: user.email,
                })}
          </p>
        )}
        {user?.is_guest && (
          <div>
            <LinkButton href="/sign-in?next=/account">{t("Create an account")}</LinkButton>
          </div>
        )}
      </section>
      {user && (
        <>
          <Name key={user.id} />
          {!user.is_guest && <NewPassword />}
          <Looks />
          <Browsers />
          <Keys />
          <Leave />
        </>
      )}
    </Page>
  );
}

function guestText(days: number): string {
  return t(
    "You’re a guest in this browser. If you don’t come back for {{days}}, your rooms and videos are removed. Create an account to keep them.",
    { days: t("{{count}} days", { count: days }) },
  );
}
