import { LinkButton } from "../../ui/LinkButton";
import { me } from "../account";
import formCss from "../Form.module.css";
import { Page } from "../Page";
import { rules } from "../rules";
import css from "./AccountPage.module.css";
import { Browsers } from "./Browsers";
import { Keys } from "./Keys";
import { Leave } from "./Leave";
import { Name } from "./Name";
import { NewPassword } from "./NewPassword";

/** The visitor's account: name, password, browsers, API keys, leaving. */
export function AccountPage() {
  const user = me.value;
  return (
    <Page title="Account" width="wide">
      <section class={css.section}>
        <h1 tabIndex={-1}>Account</h1>
        {user === null && (
          <>
            <p class={formCss.muted}>You are not signed in.</p>
            <div>
              <LinkButton href="/sign-in?next=/account" kind="primary">
                Sign in
              </LinkButton>
            </div>
          </>
        )}
        {user && (
          <p class={formCss.muted}>
            {user.is_guest
              ? guestText(Number(rules.value.guestDays))
              : `You are ${user.display_name}, signed in as ${user.email}.`}
          </p>
        )}
        {user?.is_guest && (
          <div>
            <LinkButton href="/sign-in?next=/account">Create an account</LinkButton>
          </div>
        )}
      </section>
      {user && (
        <>
          <Name key={user.id} />
          {!user.is_guest && <NewPassword />}
          <Browsers />
          <Keys />
          <Leave />
        </>
      )}
    </Page>
  );
}

function guestText(days: number): string {
  const long = days === 1 ? "a day" : `${days} days`;
  return (
    `You’re a guest in this browser. If you don’t come back for ${long}, your rooms and videos ` +
    "are removed. Create an account to keep them."
  );
}
