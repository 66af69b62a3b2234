import { t } from "../language/t";
import { LinkButton } from "../ui/LinkButton";
import css from "./Form.module.css";
import { Page } from "./Page";

export function NotFound() {
  return (
    <Page title={t("No such page")} width="narrow">
      <h1 tabIndex={-1}>{t("Page not found")}</h1>
      <p class={css.muted}>{t("The link may be incomplete, or the page no longer exists.")}</p>
      <div>
        <LinkButton href="/" kind="primary">
          {t("Go home")}
        </LinkButton>
      </div>
    </Page>
  );
}
