import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { webhooks } from "../../net/webhooks";
import type { WebhookMade, WebhookOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Failed } from "../Failed";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import css from "../Listed.module.css";
import { ShownOnce } from "../ShownOnce";
import { Waiting } from "../Waiting";
import { NewWebhook } from "./NewWebhook";
import { WebhookRow } from "./WebhookRow";

type Rows = readonly WebhookOut[];

/** The list of webhooks: add one, see its secret once, see its deliveries, remove it. */
export function Webhooks() {
  const rows = useSignal<Rows | null>(null);
  const failed = useSignal<ApiError | null>(null);
  const adding = useSignal(false);
  const fresh = useSignal<WebhookMade | null>(null);
  const load = () => void read(rows, failed);
  useEffect(load, []);
  const made = (webhook: WebhookMade) => {
    adding.value = false;
    fresh.value = webhook;
    rows.value = [...(rows.value ?? []), webhook];
  };
  const removed = ({ id }: WebhookOut) => {
    rows.value = rows.value?.filter((row) => row.id !== id) ?? null;
  };
  if (failed.value) return <Failed text={failureText(failed.value)} retry={load} />;
  if (!rows.value) return <Waiting text={t("Loading the webhooks")} />;
  return (
    <>
      <div>
        <Button
          kind="primary"
          onClick={() => {
            adding.value = true;
          }}
        >
          {t("Add webhook")}
        </Button>
      </div>
      {rows.value.length === 0 ? (
        <p class={formCss.muted}>{t("No webhooks yet.")}</p>
      ) : (
        <ul class={css.list}>
          {rows.value.map((row) => (
            <WebhookRow
              key={row.id}
              webhook={row}
              onSecret={(changed) => {
                fresh.value = changed;
              }}
              onRevived={load}
              onRemoved={() => removed(row)}
            />
          ))}
        </ul>
      )}
      {adding.value && (
        <NewWebhook
          onMade={made}
          onClose={() => {
            adding.value = false;
          }}
        />
      )}
      {fresh.value && <Secret fresh={fresh} />}
    </>
  );
}

function Secret({ fresh }: { fresh: Signal<WebhookMade | null> }) {
  return (
    <ShownOnce
      title={t("The secret of the webhook")}
      text={t("Copy it now: it is shown only once. It tells your program that a message is ours.")}
      label={t("Secret")}
      hint={t("Messages are signed as Standard Webhooks says.")}
      secret={fresh.value?.secret ?? ""}
      copy={t("Copy secret")}
      onClose={() => {
        fresh.value = null;
      }}
    />
  );
}

async function read(rows: Signal<Rows | null>, failed: Signal<ApiError | null>): Promise<void> {
  try {
    failed.value = null;
    rows.value = await webhooks.all();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed.value = error;
  }
}
