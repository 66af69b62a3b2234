import { useSignal } from "@preact/signals";
import { ChevronDown, ChevronUp } from "lucide-preact";
import { useId } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { webhooks } from "../../net/webhooks";
import type { WebhookMade, WebhookOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Confirm";
import { notify } from "../../ui/notices";
import { longDate, longDateTime } from "../../ui/time";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import { Deliveries } from "./Deliveries";
import css from "./WebhookRow.module.css";

interface Props {
  webhook: WebhookOut;
  onSecret: (webhook: WebhookMade) => void;
  /** Something is sent to it again, so it may not be gone any more. */
  onRevived: () => void;
  onRemoved: () => void;
}

export function WebhookRow({ webhook, onSecret, onRevived, onRemoved }: Props) {
  const { id, url, events, of_everybody, created_at, gone_at } = webhook;
  const asking = useSignal<"secret" | "remove" | null>(null);
  const busy = useSignal(false);
  const open = useSignal(false);
  const panel = useId();
  const act = async (action: () => Promise<void>) => {
    busy.value = true;
    try {
      await action();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return onRemoved();
      notify(failureText(error));
    } finally {
      busy.value = false;
      asking.value = null;
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
      <div class={formCss.ways}>
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
        <Button
          kind="quiet"
          aria-label={t("New secret for {{url}}", { url })}
          onClick={() => {
            asking.value = "secret";
          }}
        >
          {t("New secret")}
        </Button>
        <Button
          kind="quiet"
          aria-label={t("Remove {{name}}", { name: url })}
          onClick={() => {
            asking.value = "remove";
          }}
        >
          {t("Remove")}
        </Button>
      </div>
      <div id={panel} hidden={!open.value}>
        {open.value && <Deliveries webhook={id} onSent={() => gone_at && onRevived()} />}
      </div>
      {asking.value === "secret" && (
        <Confirm
          title={t("Replace the secret?")}
          text={t(
            "For a day both the old and the new one sign, so that your program can change over.",
          )}
          action={t("Replace secret")}
          busy={busy.value}
          onConfirm={replace}
          onClose={() => {
            asking.value = null;
          }}
        />
      )}
      {asking.value === "remove" && (
        <Confirm
          title={t("Remove this webhook?")}
          text={t("What still waits to be sent to {{url}} is not sent any more.", { url })}
          action={t("Remove webhook")}
          danger
          busy={busy.value}
          onConfirm={remove}
          onClose={() => {
            asking.value = null;
          }}
        />
      )}
    </li>
  );
}
