import { t } from "../../language/t";
import { signInPath } from "../../router";
import { LinkButton } from "../../ui/LinkButton";
import { lazy } from "../../ui/lazy";
import { me } from "../account";
import formCss from "../Form.module.css";
import { Page } from "../Page";
import { rules } from "../rules";
import { WhyUnknown } from "../WhyUnknown";
import css from "./AccountPage.module.css";
import { Browsers } from "./Browsers";
import { Keys } from "./Keys";
import { Leave } from "./Leave";
import { Looks } from "./Looks";
import { Name } from "./Name";
import { NewPassword } from "./NewPassword";

const WebhooksPage = lazy(async () => (await import("../webhooks/WebhooksPage")).WebhooksPage);

/** The visitor's account: name, password, browsers, API keys, deletion; webhooks are a subpage. */
export function AccountPage({ part }: { part?: "webhooks" | undefined }) {
  const user = me.value;
  if (part === "webhooks") return <WebhooksPage />;
  return (
    <Page title={t("Account")} width="wide">
      <section class={css.section}>
        <h1 tabIndex={-1}>{t("Account")}</h1>
        <WhyUnknown />
        {user === null && (
          <>
            <p class={formCss.muted}>{t("You are not signed in.")}</p>
            <div>
              <LinkButton href={signInPath()} kind="primary">
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
        {user?.is_guest && rules.value.signUp !== "closed" && (
          <div>
            <LinkButton href={signInPath({ isNew: true })}>{t("Create an account")}</LinkButton>
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
          {!user.is_guest && (
            <section class={css.section} aria-labelledby="webhooks">
              <h2 id="webhooks">{t("Webhooks")}</h2>
              <p class={formCss.muted}>
                {t("Get notified at a URL when your videos are ready and your rooms start.")}
              </p>
              <div>
                <LinkButton href="/account/webhooks">{t("Webhooks")}</LinkButton>
              </div>
            </section>
          )}
          <Leave />
        </>
      )}
    </Page>
  );
}

function guestText(days: number): string {
  const values = { days: t("{{count}} days", { count: days }) };
  if (rules.value.signUp === "closed")
    return t(
      "You’re a guest in this browser. If you don’t come back for {{days}}, your rooms and videos are removed.",
      values,
    );
  return t(
    "You’re a guest in this browser. If you don’t come back for {{days}}, your rooms and videos are removed. Create an account to keep them.",
    values,
  );
}
