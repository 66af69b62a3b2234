import { LinkButton } from "../ui/LinkButton";
import css from "./Form.module.css";
import { Page } from "./Page";

export function NotFound() {
  return (
    <Page title="No such page" width="narrow">
      <h1 tabIndex={-1}>Page not found</h1>
      <p class={css.muted}>The address may have been cut short on its way to you.</p>
      <div>
        <LinkButton href="/" kind="primary">
          Go home
        </LinkButton>
      </div>
    </Page>
  );
}
