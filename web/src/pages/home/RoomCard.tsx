import { DoorOpen, KeyRound, Users } from "lucide-preact";
import { listed, t } from "../../language/t";
import { BASE } from "../../net/request";
import type { RoomOut } from "../../rest.gen";
import { roomPath } from "../../router";
import { Poster } from "../library/Poster";
import { sourceLabel } from "../source";
import { startsLater } from "../startsLater";
import css from "./RoomCard.module.css";
import { SitePlate } from "./SitePlate";

const ENTRY = {
  open: null,
  password: { icon: KeyRound, text: t("Password") },
  approval: { icon: DoorOpen, text: t("Ask to join") },
};

/** One public room. The whole card is a link. */
export function RoomCard({ room }: { room: RoomOut }) {
  const entry = ENTRY[room.entry];
  const count = room.viewer_count ?? 0;
  const starts = startsLater(room);
  const viewers = count > 0 ? t("{{count}} viewers", { count }) : t("Nobody is here");
  return (
    <li class={css.card}>
      <div class={css.poster}>
        <Picture room={room} />
      </div>
      <h3 class={css.name} dir="auto">
        <a href={roomPath(room.code)} class={css.link}>
          {room.name}
        </a>
      </h3>
      <p class={css.plays} dir="auto">
        {room.source_title ?? sourceLabel(room.source)}
      </p>
      {starts && <p class={css.starts}>{starts}</p>}
      <p class={css.facts}>
        <span class={css.fact}>
          <Users size={16} aria-hidden="true" />
          {room.people?.length ? whoIsThere(room.people, count) : viewers}
        </span>
        {entry && (
          <span class={css.fact}>
            <entry.icon size={16} aria-hidden="true" />
            {entry.text}
          </span>
        )}
      </p>
    </li>
  );
}

function Picture({ room }: { room: RoomOut }) {
  const { source } = room;
  if (source && source.provider !== "library") return <SitePlate source={source} />;
  return <Poster src={pictureOf(room)} />;
}

/** Strangers see no picture of a private room. The film in the address prevents stale caches. */
function pictureOf({ code, visibility, source }: RoomOut): string | null {
  if (visibility === "private" || source?.provider !== "library") return null;
  return `${BASE}/rooms/${encodeURIComponent(code)}/picture?of=${source.external_id}`;
}

/** "Ana, Ben and 2 more". */
function whoIsThere(names: readonly string[], count: number): string {
  const others = count - names.length;
  return listed(others > 0 ? [...names, t("{{count}} more", { count: others })] : names);
}
