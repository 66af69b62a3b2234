import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../language/t";
import type { Entry } from "../../session/types";
import { Button } from "../../ui/Button";
import { LinkButton } from "../../ui/LinkButton";
import { Sentence } from "../../ui/Sentence";
import { Spinner } from "../../ui/Spinner";
import { TextField } from "../../ui/TextField";
import { spokenTime } from "../../ui/time";
import { useNow } from "../../ui/useNow";
import css from "../Form.module.css";
import { NameForm, whoAreYou } from "../NameForm";
import { Page } from "../Page";
import { useRoom } from "./context";
import { RoomOver } from "./later";

/** The page between the invite link and the room: name, password, waiting, refusals. */
export function Lobby({ entry }: { entry: Exclude<Entry, { kind: "joined" }> }) {
  // The password form stays while the server checks it, because it may be needed again.
  const asking = useRef(false);
  if (entry.kind !== "joining") asking.current = entry.kind === "need-password";
  switch (entry.kind) {
    case "joining":
      return asking.current ? <AskPassword wrong={false} busy /> : <Joining />;
    case "need-name":
      return <ChooseName />;
    case "need-password":
      return <AskPassword wrong={entry.wrong} waitS={entry.waitS} />;
    case "waiting":
      return <Waiting />;
    case "full":
      return <Full />;
    case "refused":
      return <RoomOver reason={entry.reason} />;
    case "over":
      return <RoomOver reason="expired" />;
    case "not-found":
      return <RoomOver reason="not-found" />;
  }
}

interface LobbyProps {
  title: ComponentChildren;
  children: ComponentChildren;
}

function LobbyPage({ title, children }: LobbyProps) {
  const { details } = useRoom();
  useEffect(() => {
    document.querySelector<HTMLElement>("main [data-focus]")?.focus();
  }, []);
  return (
    <Page title={details.value?.name ?? t("Room")} width="narrow">
      <div>
        {/* Its line is kept free until the name is known, so that nothing jumps. */}
        <p class={css.muted} dir="auto">
          {details.value?.name ?? "\u00a0"}
        </p>
        <h1 tabIndex={-1}>{title}</h1>
      </div>
      {children}
    </Page>
  );
}

/** After this long the page says that the server is slow. */
const SLOW_MS = 5000;

function Joining() {
  const [since] = useState(() => performance.now());
  const slow = useNow(1000).value - since > SLOW_MS;
  return (
    <LobbyPage title={t("Joining the room…")}>
      <Spinner size={28} />
      <p class={css.muted} aria-live="polite">
        {slow && t("The server isn’t answering. We keep trying. Check your connection.")}
      </p>
    </LobbyPage>
  );
}

function ChooseName() {
  const { session } = useRoom();
  return (
    <LobbyPage title={whoAreYou()}>
      <WhoInvites />
      <NameForm action={t("Join the room")} onDone={() => session.start()} />
    </LobbyPage>
  );
}

/** What somebody who comes by a link asks themselves first. A private room does not tell. */
function WhoInvites() {
  const room = useRoom().details.value;
  if (!room?.host) return null;
  const { host, source_title: title, status } = room;
  const names = [host.name, title ?? ""];
  const text =
    title !== null && status === "LIVE"
      ? t("{{host}} is watching “{{title}}”.", { host: host.name, title })
      : t("{{host}} is the host.", { host: host.name });
  return (
    <p>
      <Sentence text={text} names={names} />
    </p>
  );
}

interface AskPasswordProps {
  wrong: boolean;
  busy?: boolean;
  waitS?: number | undefined;
}

function AskPassword({ wrong, busy = false, waitS }: AskPasswordProps) {
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
      text={t("Wrong password. Ask {{host}}, and check capital letters.", { host })}
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
      <form ref={form} class={css.form} onSubmit={submit}>
        <TextField
          label={t("Room password")}
          type="password"
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

function Waiting() {
  const host = useRoom().names.host.value;
  return (
    <LobbyPage
      title={<Sentence text={t("Waiting for {{host}} to let you in", { host })} names={[host]} />}
    >
      <p class={css.muted}>{t("Keep this page open. You’ll join as soon as you’re let in.")}</p>
      <Spinner size={28} />
      <div>
        <LinkButton href="/">{t("Leave")}</LinkButton>
      </div>
    </LobbyPage>
  );
}

function Full() {
  const { session, details } = useRoom();
  const room = details.value;
  return (
    <LobbyPage title={t("This room is full")}>
      <p class={css.muted}>
        {room ? `${t("All {{capacity}} places are taken.", { capacity: room.capacity })} ` : ""}
        {t("Try again when someone has left.")}
      </p>
      <div class={css.ways}>
        <Button kind="primary" onClick={() => session.start()}>
          {t("Try again")}
        </Button>
        <LinkButton href="/">{t("Go home")}</LinkButton>
      </div>
    </LobbyPage>
  );
}
