import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { account } from "../../net/account";
import { ApiError } from "../../net/errors";
import type { SignInOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { notify } from "../../ui/notices";
import { longDate } from "../../ui/time";
import { AskButton } from "../AskButton";
import { clearVisitor, me } from "../account";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import listCss from "../Listed.module.css";
import css from "./AccountPage.module.css";
import { browserName } from "./browserName";
import rowCss from "./KeyRow.module.css";

/** The browsers in which the visitor is signed in; each can be signed out. */
export function Browsers() {
  const browsers = useSignal<readonly SignInOut[]>([]);
  const failed = useSignal("");
  useEffect(() => {
    account.browsers().then(
      (found) => {
        browsers.value = found;
      },
      (error) => {
        failed.value = failureText(error);
      },
    );
  }, []);
  const signOut = async (browser: SignInOut) => {
    try {
      await account.signOutBrowser(browser.id);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) return notify(failureText(error));
    }
    browsers.value = browsers.value.filter(({ id }) => id !== browser.id);
    notify(t("{{browser}} is signed out.", { browser: browserName(browser.agent) }));
  };
  const signOutEverywhere = async () => {
    await account.signOutEverywhere();
    clearVisitor();
  };
  return (
    <section class={css.section} aria-labelledby="browsers">
      <h2 id="browsers">{t("Signed in on")}</h2>
      {failed.value && (
        <p class={formCss.error} role="alert">
          {failed.value}
        </p>
      )}
      <ul class={listCss.list}>
        {browsers.value.map((browser) => (
          <Browser key={browser.id} browser={browser} onSignOut={() => signOut(browser)} />
        ))}
      </ul>
      {!me.value?.is_guest && (
        <div>
          <AskButton
            question={{
              title: t("Sign out everywhere?"),
              text: t(
                "All your browsers are signed out, this one too, and all your API keys stop working.",
              ),
              action: t("Sign out everywhere"),
              danger: true,
            }}
            onConfirm={signOutEverywhere}
          >
            {t("Sign out everywhere")}
          </AskButton>
        </div>
      )}
    </section>
  );
}

function Browser({ browser, onSignOut }: { browser: SignInOut; onSignOut: () => void }) {
  const name = browserName(browser.agent);
  return (
    <li class={rowCss.row}>
      <div class={rowCss.about}>
        <h3 class={rowCss.name}>{name}</h3>
        <p class={rowCss.facts}>
          {browser.current
            ? t("This browser")
            : t("Last used {{date}}", { date: longDate(browser.last_used_at) })}
          {browser.address && ` · ${browser.address}`}
        </p>
      </div>
      {!browser.current && (
        <Button kind="quiet" aria-label={t("Sign out {{name}}", { name })} onClick={onSignOut}>
          {t("Sign out")}
        </Button>
      )}
    </li>
  );
}
