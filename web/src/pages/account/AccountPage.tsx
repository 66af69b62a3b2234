import { LinkButton } from "../../ui/LinkButton";
import { me } from "../account";
import formCss from "../Form.module.css";
import { Page } from "../Page";
import css from "./AccountPage.module.css";
import { Keys } from "./Keys";

/** Who the visitor is, and the keys by which his programs sign in. */
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
              ? `You are here as a guest, ${user.display_name}: this browser alone knows you.`
              : `You are ${user.display_name}, signed in as ${user.email}.`}
          </p>
        )}
        {user?.is_guest && (
          <div>
            <LinkButton href="/sign-in?next=/account">Create an account</LinkButton>
          </div>
        )}
      </section>
      {user && <Keys />}
    </Page>
  );
}
