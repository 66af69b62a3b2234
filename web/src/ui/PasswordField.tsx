import { useSignal } from "@preact/signals";
import { Eye, EyeOff } from "lucide-preact";
import { t } from "../language/t";
import { IconButton } from "./IconButton";
import css from "./PasswordField.module.css";
import { type Props, TextField } from "./TextField";

/** A password field with a button to show the password. */
export function PasswordField(props: Omit<Props, "type" | "inside">) {
  const shown = useSignal(false);
  return (
    <TextField
      {...props}
      type={shown.value ? "text" : "password"}
      inside={
        <IconButton
          icon={shown.value ? EyeOff : Eye}
          label={shown.value ? t("Hide the password") : t("Show the password")}
          class={css.reveal}
          onClick={() => {
            shown.value = !shown.value;
          }}
        />
      }
    />
  );
}
