import { t } from "../language/t";
import type { ApiError } from "../net/errors";
import { Button } from "../ui/Button";
import formCss from "./Form.module.css";
import { failureText } from "./failure";
import css from "./Listed.module.css";

/** An error message with a button to try again. */
export function Failed({ error, retry }: { error: ApiError; retry: () => void }) {
  return (
    <div class={css.failed}>
      <p class={formCss.error} role="alert">
        {failureText(error)}
      </p>
      <Button onClick={retry}>{t("Try again")}</Button>
    </div>
  );
}
