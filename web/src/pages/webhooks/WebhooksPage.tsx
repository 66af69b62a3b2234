import { ChevronLeft } from "lucide-preact";
import { t } from "../../language/t";
import type { UserOut } from "../../rest.gen";
import { signInPath } from "../../router";
import { LinkButton } from "../../ui/LinkButton";
import { identity, me } from "../account";
import formCss from "../Form.module.css";
import listCss from "../Listed.module.css";
import { Page } from "../Page";
import { rules } from "../rules";
import { Waiting } from "../Waiting";
import { WhyUnknown } from "../WhyUnknown";
import { Webhooks } from "./Webhooks";
import css from "./Webhooks.module.css";

/** The webhooks for events of the visitor's videos and rooms. Guests have none. */
export function WebhooksPage() {
  const user = me.value;
  return (
    <Page title={t("Webhooks")} width="wide">
      <section class={listCss.section}>
        <p class={css.back}>
          <a href="/account" class="large-target">
            <ChevronLeft size={16} aria-hidden="true" />
            {t("Account")}
          </a>
        </p>
        <h1 tabIndex={-1}>{t("Webhooks")}</h1>
        <p class={formCss.muted}>
          {t("StreamIt sends a signed message to your address when something happens. See the")}{" "}
          <a href="/api/docs">{t("API docs")}</a>.
        </p>
        <Content user={user} />
      </section>
    </Page>
  );
}

function Content({ user }: { user: UserOut | null | undefined }) {
  if (user === undefined)
    return identity.failure.value ? <WhyUnknown /> : <Waiting text={t("Loading")} />;
  if (user && !user.is_guest) return <Webhooks key={user.id} />;
  const isNew = user !== null && rules.value.signUp !== "closed";
  return (
    <>
      <p>{user ? t("Webhooks need an account.") : t("You are not signed in.")}</p>
      <div>
        <LinkButton href={signInPath({ isNew })} kind="primary">
          {isNew ? t("Create an account") : t("Sign in")}
        </LinkButton>
      </div>
    </>
  );
}
