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
  /** What the room is called when the field stays empty. */
  namePlaceholder?: string;
  /** The room has a password already, which an empty field keeps. */
  hasPassword?: boolean;
  onChange: (part: Partial<RoomForm>) => void;
}

const VISIBILITY = [
  ["unlisted", "Only by its link"],
  ["public", "On the home page"],
  ["private", "Nowhere: private"],
] as const;

const ENTRY = [
  ["open", "Everyone who finds it"],
  ["password", "Whoever knows the password"],
  ["approval", "Whoever I let in"],
] as const;

export const ROOM_NAME_LENGTH = 120;
const CAPACITY = { min: 2, max: 10_000 };

/** The choices about a room, for a new one and for one that runs. */
export function RoomFields({ form, errors, namePlaceholder, hasPassword, onChange }: Props) {
  return (
    <>
      <TextField
        label="Name of the room"
        placeholder={namePlaceholder}
        value={form.name}
        error={fieldText("The name", errors.name)}
        maxLength={ROOM_NAME_LENGTH}
        required={!namePlaceholder}
        onText={(name) => onChange({ name })}
      />
      <div class={css.pair}>
        <Select
          label="Who may enter"
          value={form.entry}
          options={ENTRY}
          onChange={(entry) => onChange({ entry })}
        />
        <Select
          label="Where it is seen"
          value={form.visibility}
          options={VISIBILITY}
          onChange={(visibility) => onChange({ visibility })}
        />
      </div>
      <div class={css.pair}>
        {form.entry === "password" && (
          <TextField
            label="Password"
            hint={
              hasPassword ? "Leave it empty to keep the one there is." : "Tell it to your friends."
            }
            value={form.password}
            error={fieldText("The password", errors.password)}
            required={!hasPassword}
            autocomplete="new-password"
            onText={(password) => onChange({ password })}
          />
        )}
        <TextField
          label="Room for"
          hint="People at the same time."
          type="number"
          {...CAPACITY}
          value={form.capacity}
          error={fieldText("The number", errors.capacity)}
          required
          onText={(text) => onChange({ capacity: Number(text) })}
        />
      </div>
    </>
  );
}
