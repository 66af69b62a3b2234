import { t } from "../../language/t";
import type { RoomOut } from "../../rest.gen";
import css from "./PublicRooms.module.css";
import { RoomCard } from "./RoomCard";

/** The visitor's rooms; not shown if there are none. */
export function MyRooms({ rooms }: { rooms: readonly RoomOut[] }) {
  if (rooms.length === 0) return null;
  return (
    <section class={css.section} aria-labelledby="mine">
      <h2 id="mine">{t("Your rooms")}</h2>
      <ul class={css.grid}>
        {rooms.map((room) => (
          <RoomCard key={room.code} room={room} />
        ))}
      </ul>
    </section>
  );
}
