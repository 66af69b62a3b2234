import { useSignal } from "@preact/signals";
import { t } from "../../language/t";
import { navigate, roomPath } from "../../router";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import css from "./Home.module.css";
import { roomCode } from "./roomCode";

/** Joins a room by its code, or by its pasted link. */
export function JoinByCode() {
  const text = useSignal("");
  const error = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    const code = roomCode(text.value);
    if (code) navigate(roomPath(code));
    else error.value = t("That is not a room code or an invite link.");
  };
  return (
    <section class={css.join} aria-labelledby="join">
      <h2 id="join">{t("Join a room")}</h2>
      <form class={css.joinForm} onSubmit={submit}>
        <TextField
          label={t("Code or invite link")}
          hideLabel
          placeholder={t("Code or invite link")}
          value={text.value}
          error={error.value}
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="go"
          onText={(typed) => {
            text.value = typed;
            error.value = "";
          }}
        />
        <Button type="submit">{t("Join")}</Button>
      </form>
    </section>
  );
}
