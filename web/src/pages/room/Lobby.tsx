import { useRef, useState } from "preact/hooks";
import { t } from "../../language/t";
import type { RoomOut } from "../../rest.gen";
import type { Entry } from "../../session/types";
import { Sentence } from "../../ui/Sentence";
import { Spinner } from "../../ui/Spinner";
import { useNow } from "../../ui/useNow";
import css from "../Form.module.css";
import { NameForm, whoAreYou } from "../NameForm";
import { useRoom } from "./context";
import { LobbyPage, StartsLater } from "./LobbyPage";
import { AskPassword, RoomFull, RoomOver, WaitingToEnter } from "./lazyParts";

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
      return <WaitingToEnter />;
    case "full":
      return <RoomFull retryAt={entry.retryAt} />;
    case "refused":
    case "over":
      return <RoomOver reason={entry.reason} />;
    case "not-found":
      return <RoomOver reason="not-found" />;
  }
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
      <StartsLater />
      <NameForm action={t("Join the room")} onDone={() => session.start()} />
    </LobbyPage>
  );
}

function invitation({ source_title: title, status, playing }: RoomOut, host: string): string {
  if (title === null || status !== "LIVE") return t("Watch together with {{host}}.", { host });
  if (playing) return t("{{host}} is watching “{{title}}”.", { host, title });
  return t("Watch “{{title}}” with {{host}}.", { host, title });
}

/** Who invites, and to what; a private room does not show that. */
function WhoInvites() {
  const room = useRoom().details.value;
  if (!room?.host) return null;
  const { host, source_title: title } = room;
  return (
    <p>
      <Sentence text={invitation(room, host.name)} names={[host.name, title ?? ""]} />
    </p>
  );
}
