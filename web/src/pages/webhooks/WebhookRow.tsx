import { useSignal } from "@preact/signals";
import { ChevronDown, ChevronUp } from "lucide-preact";
import { useId } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { webhooks } from "../../net/webhooks";
import type { WebhookMade, WebhookOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { notify } from "../../ui/notices";
import { longDate, longDateTime } from "../../ui/time";
import { AskButton } from "../AskButton";
import formCss from "../Form.module.css";
import { Deliveries } from "./Deliveries";
import css from "./WebhookRow.module.css";

interface Props {
  webhook: WebhookOut;
  onSecret: (webhook: WebhookMade) => void;
  /** A delivery was sent again, so a disabled webhook may work again. */
  onRevived: () => void;
  onRemoved: () => void;
}

export function WebhookRow({ webhook, onSecret, onRevived, onRemoved }: Props) {
  const { id, url, events, of_everybody, created_at, gone_at } = webhook;
  const open = useSignal(false);
  const panel = useId();
  const act = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      onRemoved();
    }
  };
  const replace = () => act(async () => onSecret(await webhooks.replaceSecret(id)));
  const remove = () =>
    act(async () => {
      await webhooks.remove(id);
      notify(t("Nothing is sent to {{url}} any more.", { url }));
      onRemoved();
    });
  return (
    <li class={css.row}>
      <h2 class={css.url} dir="ltr">
        {url}
      </h2>
      <ul class={css.events} aria-label={t("Events")}>
        {events.map((event) => (
          <li key={event}>
            <code>{event}</code>
          </li>
        ))}
      </ul>
      <p class={formCss.muted}>
        {t("Added {{date}}", { date: longDate(created_at) })}
        {of_everybody && ` · ${t("of everybody’s videos and rooms")}`}
      </p>
      {gone_at && (
        <p class={css.gone}>
          {t(
            "Nothing is sent since {{date}}: the address answered that it is gone (410). Send something again to go on.",
            { date: longDateTime(gone_at) },
          )}
        </p>
      )}
      <div class={classes(formCss.ways, css.ways)}>
        <Button
          aria-expanded={open.value}
          aria-controls={panel}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          {t("Deliveries")}
          {open.value ? (
            <ChevronUp size={18} aria-hidden="true" />
          ) : (
            <ChevronDown size={18} aria-hidden="true" />
          )}
        </Button>
        <AskButton
          kind="quiet"
          aria-label={t("New secret for {{url}}", { url })}
          question={{
            title: t("Replace the secret?"),
            text: t(
              "For a day both the old and the new one sign, so that your program can change over.",
            ),
            action: t("Replace secret"),
          }}
          onConfirm={replace}
        >
          {t("New secret")}
        </AskButton>
        <AskButton
          kind="quiet"
          aria-label={t("Remove {{name}}", { name: url })}
          question={{
            title: t("Remove this webhook?"),
            text: t("What still waits to be sent to {{url}} is not sent any more.", { url }),
            action: t("Remove webhook"),
            danger: true,
          }}
          onConfirm={remove}
        >
          {t("Remove")}
        </AskButton>
      </div>
      <div id={panel} class={css.panel} hidden={!open.value}>
        {open.value && <Deliveries webhook={id} onSent={() => gone_at && onRevived()} />}
      </div>
    </li>
  );
}
