import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError, api } from "../../net/api";
import type { RoomOut, RoomPatch } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { CheckedForm } from "../../ui/CheckedForm";
import { Dialog } from "../../ui/Dialog";
import { notify } from "../../ui/notices";
import { Select } from "../../ui/Select";
import { Spinner } from "../../ui/Spinner";
import { TextField } from "../../ui/TextField";
import { AskButton } from "../AskButton";
import css from "../Form.module.css";
import { failureText, fieldText } from "../failure";
import { RoomFields } from "../RoomFields";
import { BannedList } from "./BannedList";
import { useRoom } from "./context";
import { LastingFields } from "./LastingFields";
import settingsCss from "./SettingsDialog.module.css";

type Settings = Required<RoomPatch>;

/** The settings of the room, for its host, and the button that deletes it. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { code } = useRoom();
  const stored = useSignal<Settings | null>(null);
  const error = useSignal("");
  useEffect(() => {
    api.room(code).then(
      (room) => {
        // The host always gets all fields; only strangers get fewer for a private room.
        stored.value = { ...(room as Settings & RoomOut), password: "" };
      },
      (failure) => {
        error.value = failureText(failure);
      },
    );
  }, [code]);
  return (
    <Dialog title={t("Room settings")} onClose={onClose}>
      {error.value && (
        <p class={css.error} role="alert">
          {error.value}
        </p>
      )}
      {!stored.value && !error.value && <Spinner size={28} />}
      {stored.value && <SettingsForm stored={stored.value} onDone={onClose} />}
      <BannedList />
      <DeleteRoom />
    </Dialog>
  );
}

function SettingsForm({ stored, onDone }: { stored: Settings; onDone: () => void }) {
  const { code } = useRoom();
  const form = useSignal(stored);
  const failed = useSignal<ApiError | null>(null);
  const busy = useSignal(false);
  const set = (part: RoomPatch) => {
    form.value = { ...form.value, ...part };
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    try {
      await api.changeRoom(code, changes(stored, form.value));
      notify(t("Settings saved."));
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed.value = error;
    } finally {
      busy.value = false;
    }
  };
  return (
    <CheckedForm failure={failed.value} class={css.form} onSubmit={submit}>
      <RoomFields
        form={form.value}
        errors={failed.value?.fields ?? {}}
        hasPassword={stored.entry === "password"}
        onChange={set}
      />
      <div>
        <Checkbox
          label={t("People can write in the chat")}
          checked={form.value.chat_open}
          onChange={(chat_open) => set({ chat_open })}
        />
        <Checkbox
          label={t("Everyone can control playback and the queue")}
          checked={form.value.control === "everyone"}
          onChange={(on) => set({ control: on ? "everyone" : "host" })}
        />
        <Checkbox
          label={t("If I leave, pass the room to someone else")}
          checked={form.value.succession}
          onChange={(succession) => set({ succession })}
        />
      </div>
      <SlowModeField form={form.value} onChange={set} />
      <WaitFields form={form.value} onChange={set} />
      <LastingFields
        kept={form.value.kept}
        startsAt={form.value.starts_at}
        error={fieldText(t("The start"), failed.value?.fields.starts_at)}
        onChange={set}
      />
      {failed.value && (
        <p class={css.error} role="alert">
          {failureText(failed.value)}
        </p>
      )}
      <Button kind="primary" type="submit" busy={busy.value} wide>
        {t("Save")}
      </Button>
    </CheckedForm>
  );
}

const SLOW_MODE_S = [0, 5, 10, 30, 60, 300, 900];

/** How long a viewer waits between two messages. */
function SlowModeField({
  form,
  onChange,
}: {
  form: Settings;
  onChange: (part: RoomPatch) => void;
}) {
  if (!form.chat_open) return null;
  const now = form.slow_mode_s ?? 0;
  const seconds = SLOW_MODE_S.includes(now) ? SLOW_MODE_S : [...SLOW_MODE_S, now];
  return (
    <Select
      label={t("Slow mode")}
      hint={t("How long people wait between two chat messages. The host and co-hosts don’t.")}
      value={String(now)}
      options={seconds.map((s) => [String(s), pause(s)] as const)}
      onChange={(value) => onChange({ slow_mode_s: Number(value) })}
    />
  );
}

function pause(seconds: number): string {
  if (seconds === 0) return t("Off");
  return seconds < 60 ? t("{{count}} seconds", { count: seconds }) : `${seconds / 60} min`;
}

const WAIT = [
  ["off", t("No")],
  ["start", t("Before a film starts or jumps")],
  ["always", t("Also when somebody’s video stalls")],
] as const;

/** Whether the room waits for everyone, and for how long at most. */
function WaitFields({ form, onChange }: { form: Settings; onChange: (part: RoomPatch) => void }) {
  return (
    <div class={css.pair}>
      <Select
        label={t("Wait for each other")}
        value={form.wait}
        options={WAIT}
        onChange={(wait) => onChange({ wait })}
      />
      {form.wait !== "off" && (
        <TextField
          label={t("For at most (seconds)")}
          type="number"
          min={3}
          max={60}
          value={form.wait_timeout_s}
          required
          onText={(text) => onChange({ wait_timeout_s: Number(text) })}
        />
      )}
    </div>
  );
}

/** Returns only what has changed. An empty password field means the password stays. */
function changes(before: Settings, after: Settings): RoomPatch {
  const names = [
    "name",
    "visibility",
    "entry",
    "capacity",
    "chat_open",
    "slow_mode_s",
    "succession",
    "control",
    "wait",
    "wait_timeout_s",
    "kept",
    "starts_at",
  ] as const;
  const changed = names.filter((name) => before[name] !== after[name]);
  const password = after.entry === "password" && after.password ? { password: after.password } : {};
  return { ...Object.fromEntries(changed.map((name) => [name, after[name]])), ...password };
}

function DeleteRoom() {
  const { code, session } = useRoom();
  return (
    <section class={settingsCss.end}>
      <AskButton
        kind="quiet"
        question={{
          title: t("Delete “{{name}}”?", { name: session.room.value?.name ?? code }),
          text: t("Everyone has to leave, and the chat is deleted. Your uploaded videos stay."),
          action: t("Delete room"),
          danger: true,
        }}
        // The session hears of it over its socket, and shows that the room is over.
        onConfirm={() => api.deleteRoom(code)}
      >
        {t("Delete room…")}
      </AskButton>
    </section>
  );
}
