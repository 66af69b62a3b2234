import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { webhooks } from "../../net/webhooks";
import type { DeliveryOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { notify } from "../../ui/notices";
import { Failed } from "../Failed";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import { Waiting } from "../Waiting";
import { DeliveryRow } from "./DeliveryRow";
import css from "./WebhookRow.module.css";

type Rows = readonly DeliveryOut[];

const LOOK_AGAIN_MS = 3000;
// While one is being sent, its next attempt is as far away as the server's timeout.
const SOON_MS = 150_000;

/**
 * What was sent to one webhook, and is to be: the newest first, followed while none has come or one
 * is due.
 */
export function Deliveries({ webhook, onSent }: { webhook: string; onSent: () => void }) {
  const rows = useSignal<Rows | null>(null);
  const failed = useSignal<ApiError | null>(null);
  const load = () => void read(webhook, rows, failed);
  useEffect(() => {
    load();
    const timer = setInterval(() => {
      const known = rows.peek();
      if (known?.length === 0 || known?.some(isDue)) load();
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const busy = useSignal(false);
  const send = async (sending: Promise<DeliveryOut>) => {
    try {
      const sent = await sending;
      rows.value = [sent, ...(rows.value ?? [])];
      onSent();
    } catch (error) {
      notify(failureText(error));
    }
  };
  if (!rows.value) {
    if (failed.value) return <Failed text={failureText(failed.value)} retry={load} />;
    return <Waiting text={t("Loading the deliveries")} />;
  }
  const test = async () => {
    busy.value = true;
    await send(webhooks.sendTest(webhook));
    busy.value = false;
  };
  return (
    <>
      <Button busy={busy.value} onClick={test}>
        {t("Send a test")}
      </Button>
      {rows.value.length === 0 ? (
        <p class={formCss.muted}>{t("Nothing was sent yet: none of its events has happened.")}</p>
      ) : (
        <ul class={css.deliveries} aria-label={t("Deliveries")}>
          {rows.value.map((row) => (
            <DeliveryRow
              key={row.id}
              delivery={row}
              onAgain={() => send(webhooks.sendAgain(webhook, row.id))}
            />
          ))}
        </ul>
      )}
    </>
  );
}

/** Whether an attempt is due soon. */
function isDue({ next_try_at }: DeliveryOut): boolean {
  return next_try_at !== null && Date.parse(next_try_at) < Date.now() + SOON_MS;
}

/** Reloads the list. An old list stays if that fails. */
async function read(
  webhook: string,
  rows: Signal<Rows | null>,
  failed: Signal<ApiError | null>,
): Promise<void> {
  try {
    failed.value = null;
    rows.value = await webhooks.deliveries(webhook);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed.value = error;
  }
}
