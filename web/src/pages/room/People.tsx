import { useSignal } from "@preact/signals";
import { t } from "../../language/t";
import type { Member, Waiting } from "../../protocol.gen";
import { canModerate } from "../../session/store";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { useRoom } from "./context";
import { asTyped } from "./lineParts";
import panel from "./Panel.module.css";
import css from "./People.module.css";
import { Person } from "./Person";
import { REFRESH_MS, useUnlisted } from "./useUnlisted";

/** With this many people there is a search field. */
const SEARCH_FROM = 12;

/** The people who wait and who are here, with the host's actions for each. */
export function People() {
  const { session } = useRoom();
  const query = useSignal("");
  const members = session.members.value;
  const total = session.viewerCount.value;
  const wanted = query.value.trim();
  const found = members.filter(({ name }) => asTyped(name).includes(asTyped(wanted)));
  const isSample = total > members.length;
  const searchesAll = isSample && canModerate(session.you.value);
  const unlisted = useUnlisted(searchesAll ? wanted : "", REFRESH_MS).value;
  const others = (unlisted ?? []).filter(({ id }) => found.every((member) => member.id !== id));
  const isLooking = searchesAll && wanted !== "" && unlisted === null;
  return (
    <section
      class={panel.panel}
      aria-label={t("People")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by key
      tabIndex={0}
    >
      <WaitingList waiting={session.waiting.value} />
      {members.length >= SEARCH_FROM && (
        <TextField
          label={t("Search people")}
          hideLabel
          placeholder={t("Search people")}
          type="search"
          maxLength={100}
          value={query.value}
          onText={(text) => {
            query.value = text;
          }}
        />
      )}
      {isSample && (
        <p class={panel.muted}>
          {t("{{total}} people are here. The list shows {{shown}} of them.", {
            total,
            shown: members.length,
          })}{" "}
          {searchesAll && t("The search finds the others, too.")}
        </p>
      )}
      <ul class={panel.list} aria-label={t("People")}>
        {session.hostAway.value && !wanted && <AwayHost members={members} />}
        {found.map((member) => (
          <Person key={member.id} member={member} />
        ))}
        {others.map((member) => (
          <Person key={member.id} member={{ ...member, buffering: false, drift_ms: null }} />
        ))}
      </ul>
      {found.length + others.length === 0 && !isLooking && (
        <p class={panel.muted}>{t("No one by that name.")}</p>
      )}
    </section>
  );
}

function WaitingList({ waiting }: { waiting: readonly Waiting[] }) {
  const { session } = useRoom();
  if (waiting.length === 0) return null;
  return (
    <section class={css.waiting} aria-labelledby="waiting">
      <h2 id="waiting" class={css.heading}>
        {t("Waiting to join")}
      </h2>
      <ul>
        {waiting.length > 1 && (
          <Guest
            name={t("All {{count}}", { count: waiting.length })}
            onRefuse={() => session.rejectAll(waiting.map(({ id }) => id))}
            onAdmit={() => session.approveAll(waiting.map(({ id }) => id))}
          />
        )}
        {waiting.map(({ id, name }) => (
          <Guest
            key={id}
            id={id}
            name={name}
            onRefuse={() => session.reject(id)}
            onAdmit={() => session.approve(id)}
          />
        ))}
      </ul>
    </section>
  );
}

interface GuestProps {
  /** Not set for the row that answers everyone at once. */
  id?: string;
  name: string;
  onRefuse: () => void;
  onAdmit: () => void;
}

/** Someone who waits, or all of them, with buttons to answer. */
function Guest({ id, name, onRefuse, onAdmit }: GuestProps) {
  return (
    <li class={css.guest}>
      <p class={css.who}>
        {id !== undefined && <Avatar name={name} id={id} small />}
        <span class={css.name} dir="auto">
          {name}
        </span>
      </p>
      <p class={css.answers}>
        <Button kind="quiet" onClick={onRefuse}>
          {t("Refuse")}
          <span class="visually-hidden"> {name}</span>
        </Button>
        <Button onClick={onAdmit}>
          {t("Let in")}
          <span class="visually-hidden"> {name}</span>
        </Button>
      </p>
    </li>
  );
}

/** The host is away, but stays host for a while. */
function AwayHost({ members }: { members: readonly Member[] }) {
  const { session, names } = useRoom();
  const id = session.room.value?.host ?? "";
  if (members.some((member) => member.id === id)) return null;
  return (
    <Person
      away
      member={{
        id,
        name: names.hostFirst.value,
        role: "host",
        muted: false,
        buffering: false,
        drift_ms: null,
      }}
    />
  );
}
