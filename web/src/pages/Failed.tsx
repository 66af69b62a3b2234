import { t } from "../language/t";
import { Button } from "../ui/Button";
import { useOnline } from "../ui/useOnline";
import formCss from "./Form.module.css";
import css from "./Listed.module.css";

/** An error message with a button to try again. It is tried by itself when the network is back. */
export function Failed({ text, retry }: { text: string; retry: () => void }) {
  useOnline(retry);
  return (
    <div class={css.failed}>
      <p class={formCss.error} role="alert">
        {text}
      </p>
      <Button onClick={retry}>{t("Try again")}</Button>
    </div>
  );
}
