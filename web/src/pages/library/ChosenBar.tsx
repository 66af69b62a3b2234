import { useSignal } from "@preact/signals";
import { ListPlus, Trash2, X } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import type { VideoOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { AskButton } from "../AskButton";
import { currentRoom } from "../currentRoom";
import css from "./ChosenBar.module.css";
import { type Chosen, deleteAll, deletionText, endsChoosing, queueAll, videoCount } from "./chosen";
import { canWatchTogether } from "./labels";

interface Props {
  chosen: Chosen;
  /** The shown videos. */
  videos: readonly VideoOut[];
  /** How many videos there are in total. */
  total: number;
}

/** How many videos are chosen, and what can be done with them. */
export function ChosenBar({ chosen, videos, total }: Props) {
  const busy = useSignal(false);
  const ids = chosen.value;
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (endsChoosing(event)) chosen.value = null;
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, [chosen]);
  if (ids === null) return null;
  const list = videos.filter(({ id }) => ids.has(id));
  const room = currentRoom();
  return (
    <section class={css.bar} aria-label={t("Selected videos")}>
      <IconButton
        icon={X}
        label={t("Stop selecting")}
        onClick={() => {
          chosen.value = null;
        }}
      />
      <output class={css.count}>{t("{{count}} selected", { count: list.length })}</output>
      <Button
        kind="quiet"
        onClick={() => {
          chosen.value = new Set(videos.map(({ id }) => id));
        }}
      >
        {videos.length < total
          ? t("Select all {{count}}", { count: videos.length })
          : t("Select all")}
      </Button>
      {room && (
        <Button
          title={t("To the queue of “{{name}}”", { name: room.name })}
          disabled={list.length === 0 || !list.every(canWatchTogether)}
          busy={busy.value}
          onClick={async () => {
            busy.value = true;
            await queueAll(chosen, list, room);
            busy.value = false;
          }}
        >
          <ListPlus size={18} aria-hidden="true" />
          {t("Add to your room")}
        </Button>
      )}
      <AskButton
        disabled={list.length === 0}
        question={{
          title: t("Delete {{videos}}?", { videos: videoCount(list.length) }),
          text: deletionText(list),
          action: t("Delete {{videos}}", { videos: videoCount(list.length) }),
          danger: true,
        }}
        onConfirm={() => deleteAll(chosen, list)}
      >
        <Trash2 size={18} aria-hidden="true" />
        {t("Delete")}
      </AskButton>
    </section>
  );
}
