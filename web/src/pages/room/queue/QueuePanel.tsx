import { useSignal } from "@preact/signals";
import { SkipForward } from "lucide-preact";
import { useRef } from "preact/hooks";
import { t } from "../../../language/t";
import type { QueueState } from "../../../protocol.gen";
import type { RoomSession } from "../../../session/types";
import { Button } from "../../../ui/Button";
import { Sentence } from "../../../ui/Sentence";
import { useRoom } from "../context";
import panel from "../Panel.module.css";
import { AddToQueue } from "./AddToQueue";
import css from "./QueuePanel.module.css";
import { QueueRow } from "./QueueRow";
import { QueueSetup } from "./QueueSetup";
import { rowTitle } from "./titles";
import { useDragOrder } from "./useDragOrder";

/** The queue, and what the visitor may do with it. */
export function QueuePanel() {
  const { session } = useRoom();
  const queue = session.queue.value;
  if (queue === null) return null;
  const mayAdd = session.canControl.value || queue.adding === "everyone";
  return (
    <div class={panel.panel}>
      {mayAdd && <AddToQueue />}
      <SkipButtons queue={queue} />
      {queue.items.length > 0 ? <List queue={queue} /> : <Nothing mayAdd={mayAdd} />}
      <QueueSetup queue={queue} />
    </div>
  );
}

function Nothing({ mayAdd }: { mayAdd: boolean }) {
  const host = useRoom().names.hostFirst.value;
  return (
    <p class={panel.muted}>
      {mayAdd ? (
        t("Nothing is queued. What you add here plays by itself, one after another.")
      ) : (
        <Sentence
          text={t("Nothing is queued. {{host}} adds what comes next.", { host })}
          names={[host]}
        />
      )}
    </p>
  );
}

function List({ queue }: { queue: QueueState }) {
  const { session } = useRoom();
  const list = useRef<HTMLOListElement>(null);
  const said = useSignal("");
  const { items } = queue;
  const mayMove = session.canControl.value && queue.order === "manual";
  const move = (item: string, place: number) => {
    moveTo(session, queue, item, place);
    const title = rowTitle(items.find(({ id }) => id === item));
    said.value = t("{{title}}: place {{place}} of {{items}}.", {
      title,
      place: place + 1,
      items: items.length,
    });
  };
  const drag = useDragOrder(list, (item, place) => move(item, place));
  return (
    <>
      <ol ref={list} class={panel.list} aria-label={t("Queue")}>
        {items.map((item, place) => (
          <QueueRow
            key={item.id}
            item={item}
            place={place}
            count={items.length}
            votes={queue.order === "votes"}
            drag={mayMove ? drag : null}
            onMove={(to) => move(item.id, to)}
          />
        ))}
      </ol>
      <p class="visually-hidden" aria-live="polite">
        {said.value}
      </p>
    </>
  );
}

/** Moves an item to `place`, counted in the list without the item. */
function moveTo(session: RoomSession, { items }: QueueState, item: string, place: number): void {
  const others = items.filter(({ id }) => id !== item);
  session.moveItem(item, others[place]?.id ?? null);
}

/** The buttons to skip to the next video before the end. */
function SkipButtons({ queue }: { queue: QueueState }) {
  const { session } = useRoom();
  const needed = Math.floor(session.viewerCount.value / 2) + 1;
  const votes = queue.skip_votes;
  if (queue.items.length === 0) return null;
  if (session.canControl.value)
    return (
      <div class={css.skip}>
        <Button onClick={() => session.next()} wide>
          <SkipForward size={18} aria-hidden="true" />
          {session.state.value?.source ? t("Play next") : t("Start the queue")}
        </Button>
        {votes > 0 && (
          <p class={panel.muted}>{t("{{votes}} of {{needed}} votes to skip", { votes, needed })}</p>
        )}
      </div>
    );
  if (!queue.skipping || !session.state.value?.source) return null;
  const voted = session.votedToSkip.value;
  return (
    <Button
      class={voted ? css.voted : undefined}
      aria-pressed={voted}
      title={voted ? t("Take back your vote") : undefined}
      onClick={() => session.voteToSkip(!voted)}
      wide
    >
      <SkipForward size={18} aria-hidden="true" />
      {t("Vote to skip")}
      {votes > 0 && ` (${votes}/${needed})`}
    </Button>
  );
}
