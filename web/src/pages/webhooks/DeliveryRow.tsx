import { useSignal } from "@preact/signals";
import { t, translated } from "../../language/t";
import type { DeliveryOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { longDateTime } from "../../ui/time";
import css from "./WebhookRow.module.css";

const STATES: Readonly<Record<DeliveryOut["status"], string>> = {
  pending: t("Waiting"),
  delivered: t("Delivered"),
  failed: t("Given up"),
};

interface Props {
  delivery: DeliveryOut;
  onAgain: () => Promise<void>;
}

/** One delivery: the response, and when the next attempt is. */
export function DeliveryRow({ delivery, onAgain }: Props) {
  const { event, status, answer, created_at } = delivery;
  const busy = useSignal(false);
  const again = async () => {
    busy.value = true;
    await onAgain();
    busy.value = false;
  };
  const date = longDateTime(created_at);
  return (
    <li class={css.delivery}>
      <div class={css.about}>
        <p class={css.what}>
          <code>{event}</code>
          <span class={classes(css.state, css[status])}>{STATES[status]}</span>
        </p>
        <p class={css.facts}>{date}</p>
        <p class={css.facts}>{outcome(delivery)}</p>
        {answer && (
          <p class={css.answer} dir="auto">
            {translated(answer)}
          </p>
        )}
      </div>
      <Button
        kind="quiet"
        busy={busy.value}
        aria-label={t("Send again: {{event}}, {{date}}", { event, date })}
        onClick={again}
      >
        {t("Send again")}
      </Button>
    </li>
  );
}

/** "Answered 500, 3 attempts · next try 29 November 2026 at 21:04". */
function outcome({ attempts, answer_status, next_try_at }: DeliveryOut): string {
  const parts: string[] = [];
  if (attempts === 0) parts.push(t("Not sent yet"));
  else {
    const code = answer_status;
    const answered =
      code === null ? t("No answer") : t("Answered {{code}}", { code: String(code) });
    parts.push(answered, t("{{count}} attempts", { count: attempts }));
    if (next_try_at) parts.push(t("next try {{date}}", { date: longDateTime(next_try_at) }));
  }
  return parts.join(" · ");
}
