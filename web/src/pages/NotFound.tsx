import { t } from "../language/t";
import { LinkButton } from "../ui/LinkButton";
import css from "./Form.module.css";
import { Page } from "./Page";

export function NotFound() {
  return (
    <Page title={t("No such page")} width="narrow">
      <h1 tabIndex={-1}>{t("Page not found")}</h1>
      <p class={css.muted}>{t("The address may have been cut short on its way to you.")}</p>
      <div>
        <LinkButton href="/" kind="primary">
          {t("Go home")}
        </LinkButton>
      </div>
    </Page>
  );
}
