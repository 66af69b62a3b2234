import { t } from "../../language/t";
import type { RoomPatch } from "../../rest.gen";
import { signInPath } from "../../router";
import { Checkbox } from "../../ui/Checkbox";
import { localMinute, momentOf } from "../../ui/startTime";
import { TextField } from "../../ui/TextField";
import { me } from "../account";
import css from "../Form.module.css";
import { rules } from "../rules";

interface Props {
  kept: boolean;
  /** ISO 8601; null while no time is set. */
  startsAt: string | null;
  error: string | undefined;
  onChange: (part: RoomPatch) => void;
}

/** Whether the room is kept after everybody has left, and when it starts. */
export function LastingFields({ kept, startsAt, error, onChange }: Props) {
  return (
    <>
      <div>
        {me.value?.is_guest && !kept ? (
          <p class={css.muted}>
            {rules.value.signUp === "closed" ? (
              t("Only people with an account can keep a room and its link for next time.")
            ) : (
              <a href={signInPath({ isNew: true })} class="large-target">
                {t("Create an account to keep this room and its link for next time.")}
              </a>
            )}
          </p>
        ) : (
          <Checkbox
            label={t("Keep this room and its link; it stays yours while you are away")}
            checked={kept}
            onChange={(on) => onChange({ kept: on })}
          />
        )}
      </div>
      <TextField
        label={t("Starts at (optional)")}
        type="datetime-local"
        value={startsAt ? localMinute(startsAt) : ""}
        hint={t("People see a countdown, and can put it into their calendar.")}
        error={error}
        onText={(text) => onChange({ starts_at: momentOf(text) })}
      />
    </>
  );
}
