import { useSignal, useSignalEffect } from "@preact/signals";
import { t } from "../../language/t";
import { api } from "../../net/api";
import type { RoomOut } from "../../rest.gen";
import { me } from "../account";
import css from "./PublicRooms.module.css";
import { RoomCard } from "./RoomCard";

/** The rooms of who is signed in, to open again; nothing for others. */
export function MyRooms() {
  const rooms = useSignal<readonly RoomOut[]>([]);
  useSignalEffect(() => {
    if (!me.value) {
      rooms.value = [];
      return;
    }
    api.ownRooms().then(
      (found) => {
        rooms.value = found;
      },
      // The page is of use without them.
      () => {},
    );
  });
  if (rooms.value.length === 0) return null;
  return (
    <section class={css.section} aria-labelledby="mine">
      <h2 id="mine">{t("Your rooms")}</h2>
      <ul class={css.grid}>
        {rooms.value.map((room) => (
          <RoomCard key={room.code} room={room} />
        ))}
      </ul>
    </section>
  );
}
