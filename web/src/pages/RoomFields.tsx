import { t } from "../language/t";
import type { RoomPatch } from "../rest.gen";
import { Select } from "../ui/Select";
import { TextField } from "../ui/TextField";
import css from "./Form.module.css";
import { fieldText } from "./failure";

export type RoomForm = Pick<
  Required<RoomPatch>,
  "name" | "visibility" | "entry" | "password" | "capacity"
>;

interface Props {
  form: RoomForm;
  errors: Readonly<Record<string, string>>;
  /** The room's name if the field stays empty. */
  namePlaceholder?: string;
  /** The room has a password already. An empty field keeps it. */
  hasPassword?: boolean;
  onChange: (part: Partial<RoomForm>) => void;
}

const VISIBILITY = [
  ["unlisted", t("Unlisted, only with the link")],
  ["public", t("Public, listed on the home page")],
  ["private", t("Private, shown nowhere")],
] as const;

const ENTRY = [
  ["open", t("Anyone")],
  ["password", t("Anyone with the password")],
  ["approval", t("People I let in")],
] as const;

export const ROOM_NAME_LENGTH = 120;
const CAPACITY = { min: 2, max: 10_000 };

/** The settings of a new or an existing room. */
export function RoomFields({ form, errors, namePlaceholder, hasPassword, onChange }: Props) {
  return (
    <>
      <TextField
        label={t("Room name")}
        placeholder={namePlaceholder}
        value={form.name}
        error={fieldText(t("The name"), errors.name)}
        maxLength={ROOM_NAME_LENGTH}
        required={!namePlaceholder}
        onText={(name) => onChange({ name })}
      />
      <div class={css.pair}>
        <Select
          label={t("Who can join")}
          value={form.entry}
          options={ENTRY}
          onChange={(entry) => onChange({ entry })}
        />
        <Select
          label={t("Visibility")}
          value={form.visibility}
          options={VISIBILITY}
          onChange={(visibility) => onChange({ visibility })}
        />
      </div>
      <div class={css.pair}>
        {form.entry === "password" && (
          <TextField
            label={t("Password")}
            hint={
              hasPassword
                ? t("Leave it empty to keep the current one.")
                : t("Share it with your friends.")
            }
            value={form.password}
            error={fieldText(t("The password"), errors.password)}
            required={!hasPassword}
            autocomplete="new-password"
            onText={(password) => onChange({ password })}
          />
        )}
        <TextField
          label={t("Maximum people")}
          type="number"
          {...CAPACITY}
          value={form.capacity}
          error={fieldText(t("The number"), errors.capacity)}
          required
          onText={(text) => onChange({ capacity: Number(text) })}
        />
      </div>
    </>
  );
}
