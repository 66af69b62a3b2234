import { useSignal } from "@preact/signals";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { webhooks } from "../../net/webhooks";
import type { Event, WebhookMade } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { CheckedForm } from "../../ui/CheckedForm";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { me } from "../account";
import formCss from "../Form.module.css";
import { failureText, fieldText } from "../failure";
import { ALL_EVENTS, EVENTS } from "./events";
import css from "./NewWebhook.module.css";

const URL_LENGTH = 2048;

interface Props {
  onMade: (webhook: WebhookMade) => void;
  onClose: () => void;
}

/** Asks for an address and the events to send to it. */
export function NewWebhook({ onMade, onClose }: Props) {
  const url = useSignal("");
  const events = useSignal<readonly Event[]>(ALL_EVENTS);
  const ofEverybody = useSignal(false);
  const wrong = useSignal<{ url?: string | undefined }>({});
  const failed = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: globalThis.Event) => {
    event.preventDefault();
    wrong.value = url.value.trim() ? {} : { url: t("Enter an address.") };
    failed.value = events.value.length > 0 ? "" : t("Choose at least one event.");
    if (wrong.value.url || failed.value) return;
    busy.value = true;
    try {
      const whose = { ofEverybody: ofEverybody.value };
      onMade(await webhooks.add(url.value.trim(), events.value, whose));
    } catch (error) {
      const why = error instanceof ApiError ? error.fields.url : undefined;
      wrong.value = { url: fieldText(t("The address"), why) };
      if (!wrong.value.url) failed.value = failureText(error);
    } finally {
      busy.value = false;
    }
  };
  const choose = (event: Event, on: boolean) => {
    failed.value = "";
    events.value = ALL_EVENTS.filter((each) => (each === event ? on : events.value.includes(each)));
  };
  return (
    <Dialog title={t("New webhook")} onClose={onClose}>
      <CheckedForm failure={wrong.value} class={formCss.form} onSubmit={submit} noValidate>
        <TextField
          label={t("Address")}
          placeholder="https://example.org/hook"
          inputMode="url"
          autocapitalize="none"
          spellcheck={false}
          maxLength={URL_LENGTH}
          data-focus
          value={url.value}
          error={wrong.value.url}
          onText={(text) => {
            url.value = text;
            wrong.value = {};
          }}
        />
        <fieldset class={css.events}>
          <legend>{t("Tell it when")}</legend>
          {ALL_EVENTS.map((event) => (
            <Checkbox
              key={event}
              label={
                <span>
                  {EVENTS[event]} <code class={css.name}>{event}</code>
                </span>
              }
              checked={events.value.includes(event)}
              onChange={(on) => choose(event, on)}
            />
          ))}
        </fieldset>
        {me.value?.is_staff && (
          <Checkbox
            label={t("Of everybody’s videos and rooms")}
            checked={ofEverybody.value}
            onChange={(on) => {
              ofEverybody.value = on;
            }}
          />
        )}
        {failed.value && (
          <p class={formCss.error} role="alert">
            {failed.value}
          </p>
        )}
        <div class={formCss.actions}>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy.value}>
            {t("Add webhook")}
          </Button>
        </div>
      </CheckedForm>
    </Dialog>
  );
}
