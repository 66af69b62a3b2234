import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../language/t";
import { api } from "../../net/api";
import type { RoomList } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { Failed } from "../Failed";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import css from "./PublicRooms.module.css";
import { RoomCard } from "./RoomCard";

const PAGE = 12;
const REFRESH_MS = 15_000;
const SKELETONS = ["a", "b", "c"];

/** The public rooms, updated while the page is visible. */
export function PublicRooms() {
  const limit = useSignal(PAGE);
  const list = useSignal<RoomList | null>(null);
  const error = useSignal("");
  const asked = useRef(0);
  // An answer that comes after that of a later question, for more rooms, is too old.
  const load = async () => {
    const ask = ++asked.current;
    await refresh(list, error, limit.value, () => ask === asked.current);
  };
  useEffect(() => {
    void load();
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <section class={css.section} aria-labelledby="public">
      <h2 id="public">{t("Public rooms")}</h2>
      <List list={list.value} error={error.value} retry={load} />
      {list.value && list.value.total > list.value.rooms.length && (
        <div>
          <Button
            onClick={() => {
              limit.value += PAGE;
              void load();
            }}
          >
            {t("Show more")}
          </Button>
        </div>
      )}
    </section>
  );
}

/** Loads the list again. The old list stays when that fails. */
async function refresh(
  list: Signal<RoomList | null>,
  error: Signal<string>,
  limit: number,
  isNewest: () => boolean,
) {
  try {
    const found = await api.publicRooms(limit);
    if (!isNewest()) return;
    list.value = found;
    error.value = "";
  } catch (failure) {
    if (isNewest() && !list.value) error.value = failureText(failure);
  }
}

function List(props: { list: RoomList | null; error: string; retry: () => void }) {
  const { list, error } = props;
  if (error) return <Failed text={error} retry={props.retry} />;
  if (!list)
    return (
      <ul class={css.grid} aria-busy="true" aria-label={t("Loading")}>
        {SKELETONS.map((name) => (
          <li key={name} class={css.skeleton} />
        ))}
      </ul>
    );
  if (list.rooms.length === 0)
    return <p class={formCss.muted}>{t("There are no public rooms right now.")}</p>;
  return (
    <ul class={css.grid}>
      {list.rooms.map((room) => (
        <RoomCard key={room.code} room={room} />
      ))}
    </ul>
  );
}
