import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import type { KeyMade, KeyOut } from "../../rest.gen";
import { Failed } from "../Failed";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import css from "../Listed.module.css";
import { ShownOnce } from "../ShownOnce";
import { Waiting } from "../Waiting";
import { KeyRow } from "./KeyRow";
import { NewKey } from "./NewKey";

type KeyRows = readonly KeyOut[];

/** The API keys: create one, see it once, revoke it. */
export function Keys() {
  const keys = useSignal<KeyRows | null>(null);
  const failed = useSignal<ApiError | null>(null);
  const fresh = useSignal<KeyMade | null>(null);
  const load = () => void read(keys, failed);
  useEffect(load, []);
  const made = (key: KeyMade) => {
    fresh.value = key;
    keys.value = [key, ...(keys.value ?? [])];
  };
  const revoked = ({ id }: KeyOut) => {
    keys.value = keys.value?.filter((key) => key.id !== id) ?? null;
  };
  return (
    <section class={css.section} aria-labelledby="keys">
      <h2 id="keys">{t("API keys")}</h2>
      <p class={formCss.muted}>
        {t("API keys let scripts act as you. See the")} <a href="/api/docs">{t("API docs")}</a>.
      </p>
      <NewKey onMade={made} />
      {failed.value ? (
        <Failed text={failureText(failed.value)} retry={load} />
      ) : (
        <KeyList keys={keys.value} onRevoked={revoked} />
      )}
      {fresh.value && (
        <ShownOnce
          title={t("The key “{{name}}”", { name: fresh.value.name })}
          text={t("Copy it now: it is shown only once. Anyone who has it can act as you.")}
          label={t("API key")}
          hint={t("Send it in the X-API-Key header.")}
          secret={fresh.value.key}
          copy={t("Copy key")}
          onClose={() => {
            fresh.value = null;
          }}
        />
      )}
    </section>
  );
}

function KeyList({ keys, onRevoked }: { keys: KeyRows | null; onRevoked: (key: KeyOut) => void }) {
  if (!keys) return <Waiting text={t("Loading the keys")} />;
  if (keys.length === 0) return <p class={formCss.muted}>{t("No API keys yet.")}</p>;
  return (
    <ul class={css.list}>
      {keys.map((key) => (
        <KeyRow key={key.id} apiKey={key} onRevoked={() => onRevoked(key)} />
      ))}
    </ul>
  );
}

async function read(keys: Signal<KeyRows | null>, failed: Signal<ApiError | null>): Promise<void> {
  try {
    failed.value = null;
    keys.value = await library.keys();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed.value = error;
  }
}
