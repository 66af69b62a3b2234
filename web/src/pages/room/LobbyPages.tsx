// Pages that some visitors see before the room: password, waiting for the host, room full.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../language/t";
import { Button } from "../../ui/Button";
import { LinkButton } from "../../ui/LinkButton";
import { PasswordField } from "../../ui/PasswordField";
import { Sentence } from "../../ui/Sentence";
import { Spinner } from "../../ui/Spinner";
import { spokenTime } from "../../ui/time";
import { useNow } from "../../ui/useNow";
import css from "../Form.module.css";
import { useRoom } from "./context";
import { focusOnHeading } from "./focusOnHeading";
import { LobbyPage, StartsLater } from "./LobbyPage";

interface AskPasswordProps {
  wrong: boolean;
  busy?: boolean;
  waitS?: number | undefined;
}

export function AskPassword({ wrong, busy = false, waitS }: AskPasswordProps) {
  const { session, names } = useRoom();
  const host = names.host.value;
  const password = useSignal("");
  const changed = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (wrong) form.current?.querySelector("input")?.select();
  }, [wrong]);
  const wrongText = (
    <Sentence
      text={t("Wrong password. Check capital letters, or ask {{host}}.", { host })}
      names={[host]}
    />
  );
  const waitText = t("Too many attempts. Try again in {{wait}}.", { wait: spokenTime(waitS ?? 0) });
  const refusal = waitS === undefined ? (wrong ? wrongText : undefined) : waitText;
  const submit = (event: Event) => {
    event.preventDefault();
    changed.value = false;
    if (password.value && !busy) session.submitPassword(password.value);
  };
  return (
    <LobbyPage title={t("This room has a password")}>
      <StartsLater />
      <form ref={form} class={css.form} onSubmit={submit}>
        <PasswordField
          label={t("Room password")}
          hint={<Sentence text={t("Ask {{host}} for it.", { host })} names={[host]} />}
          error={changed.value ? undefined : refusal}
          value={password.value}
          required
          data-focus
          onText={(text) => {
            password.value = text;
            changed.value = true;
          }}
        />
        <Button kind="primary" type="submit" busy={busy} wide>
          {t("Join the room")}
        </Button>
      </form>
    </LobbyPage>
  );
}

/** Shown until the host has decided. */
export function WaitingToEnter() {
  const host = useRoom().names.host.value;
  // The focused element may have disappeared before this code was loaded.
  useEffect(focusOnHeading, []);
  return (
    <LobbyPage
      title={<Sentence text={t("Waiting for {{host}} to let you in", { host })} names={[host]} />}
    >
      <StartsLater />
      <p class={css.muted}>{t("Keep this page open. You’ll join as soon as you’re let in.")}</p>
      <Spinner size={28} />
      <div>
        <LinkButton href="/">{t("Leave")}</LinkButton>
      </div>
    </LobbyPage>
  );
}

/** Shown until there is a place; the session asks for one at `retryAt`. */
export function RoomFull({ retryAt }: { retryAt: number }) {
  const { session, details } = useRoom();
  const now = useNow(250);
  useEffect(focusOnHeading, []);
  const room = details.value;
  const seconds = Math.ceil((retryAt - now.value) / 1000);
  return (
    <LobbyPage title={t("This room is full")}>
      <p class={css.muted}>
        {/* Where people ask to join, it may be the waiting list that is full. */}
        {room?.capacity && room.entry !== "approval"
          ? `${t("All {{capacity}} places are taken.", { capacity: room.capacity })} `
          : ""}
        {t("Keep this page open: you’ll join as soon as there is a place for you.")}
      </p>
      {/* Hidden from screen readers, which would announce every second. */}
      <p class={css.muted} aria-hidden="true">
        {seconds > 0 ? t("Trying again in {{seconds}}\u00a0s.", { seconds }) : t("Trying again…")}
      </p>
      <div class={css.ways}>
        <Button onClick={() => session.start()}>{t("Try now")}</Button>
        <LinkButton href="/">{t("Leave")}</LinkButton>
      </div>
    </LobbyPage>
  );
}
