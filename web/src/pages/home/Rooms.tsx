import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../../language/t";
import type { RoomOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import css from "./PublicRooms.module.css";
import { RoomCard } from "./RoomCard";

/** Two rows on a wide page. More would push away what is below. */
const SHOWN = 6;

interface Props {
  title: string;
  rooms: readonly RoomOut[];
}

/** Rooms of one kind; not shown if there are none. */
export function Rooms({ title, rooms }: Props) {
  const all = useSignal(false);
  const id = useId();
  if (rooms.length === 0) return null;
  const shown = all.value ? rooms : rooms.slice(0, SHOWN);
  return (
    <section class={css.section} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul class={css.grid}>
        {shown.map((room) => (
          <RoomCard key={room.code} room={room} />
        ))}
      </ul>
      {shown.length < rooms.length && (
        <div>
          <Button
            onClick={() => {
              all.value = true;
            }}
          >
            {t("Show all {{count}}", { count: rooms.length })}
          </Button>
        </div>
      )}
    </section>
  );
}
