import { t } from "../../language/t";
import { Sentence } from "../../ui/Sentence";
import { useRoom } from "./context";

/** Tells those who cannot pause and seek who can. */
export function LockedHint() {
  const { session, names } = useRoom();
  const cohosts = session.members.value.some((member) => member.role === "cohost");
  const host = names.host.value;
  const who = cohosts
    ? t("Only the host, {{host}}, and co-hosts can pause or seek.", { host })
    : t("Only the host, {{host}}, can pause or seek.", { host });
  return <Sentence text={who} names={[host]} />;
}
