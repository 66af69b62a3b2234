import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import type { KeyOut } from "../../rest.gen";
import { notify } from "../../ui/notices";
import { longDate } from "../../ui/time";
import { AskButton } from "../AskButton";
import css from "./KeyRow.module.css";

interface Props {
  apiKey: KeyOut;
  onRevoked: () => void;
}

export function KeyRow({ apiKey, onRevoked }: Props) {
  const { id, name, prefix, created_at, last_used_at } = apiKey;
  const revoke = async () => {
    try {
      await library.revokeKey(id);
      notify(t("The key “{{name}}” no longer works.", { name }));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
    onRevoked();
  };
  return (
    <li class={css.row}>
      <div class={css.about}>
        <h3 class={css.name} dir="auto">
          {name}
        </h3>
        <p class={css.facts}>
          <code>{prefix}…</code> {t("· made")} {longDate(created_at)} ·{" "}
          {last_used_at
            ? t("last used {{date}}", { date: longDate(last_used_at) })
            : t("never used")}
        </p>
      </div>
      <AskButton
        kind="quiet"
        aria-label={t("Revoke {{name}}", { name })}
        question={{
          title: t("Revoke this key?"),
          text: t("Scripts that use “{{name}}” stop working at once.", { name }),
          action: t("Revoke key"),
          danger: true,
        }}
        onConfirm={revoke}
      >
        {t("Revoke")}
      </AskButton>
    </li>
  );
}
