import { ArrowDown, ArrowUp, Ellipsis, GripVertical, Play, ThumbsUp, Trash2 } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../language/t";
import type { QueueItem } from "../../../protocol.gen";
import { classes } from "../../../ui/classes";
import { IconButton } from "../../../ui/IconButton";
import buttonCss from "../../../ui/IconButton.module.css";
import { keyAlone } from "../../../ui/keyAlone";
import { Menu, type MenuItem } from "../../../ui/Menu";
import { stepTo } from "../../../ui/stepTo";
import { useRoom } from "../context";
import { ItemPicture } from "./ItemPicture";
import css from "./QueueRow.module.css";
import { rowFacts, rowTitle } from "./titles";
import type { DragOrder } from "./useDragOrder";

interface Props {
  item: QueueItem;
  place: number;
  count: number;
  /** The queue is ordered by votes. */
  votes: boolean;
  /** Null if the visitor may not move it. */
  drag: DragOrder | null;
  onMove: (place: number) => void;
}

/** One item of the queue. */
export function QueueRow({ item, place, count, votes, drag, onMove }: Props) {
  const title = rowTitle(item);
  return (
    <li
      data-item={item.id}
      class={classes(
        css.row,
        drag?.dragged.value === item.id && css.dragged,
        drag?.line.value === place && css.lineBefore,
        drag?.line.value === count && place === count - 1 && css.lineAfter,
      )}
    >
      {drag ? (
        <Grip title={title} place={place} count={count} id={item.id} drag={drag} onMove={onMove} />
      ) : (
        <span class={css.place} aria-hidden="true">
          {place + 1}
        </span>
      )}
      <ItemPicture item={item} />
      <div class={css.about}>
        <p class={css.title} dir="auto" title={title}>
          {title}
        </p>
        <p class={css.facts} dir="auto">
          {rowFacts(item)}
        </p>
      </div>
      <Actions item={item} title={title} place={place} count={count} onMove={drag && onMove} />
      {votes && <Vote item={item} title={title} />}
    </li>
  );
}

interface GripProps {
  id: string;
  title: string;
  place: number;
  count: number;
  drag: DragOrder;
  onMove: (place: number) => void;
}

/** The handle to drag the item, or to move it with the arrow keys. */
function Grip({ id, title, place, count, drag, onMove }: GripProps) {
  const button = useRef<HTMLButtonElement>(null);
  const moved = useRef(false);
  // A row loses the focus when it moves in the document.
  useEffect(() => {
    if (moved.current) button.current?.focus();
    moved.current = false;
  }, [place]);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = stepTo(keyAlone(event), place, count);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (to < 0 || to >= count || to === place) return;
    moved.current = true;
    onMove(to);
  };
  return (
    <button
      ref={button}
      type="button"
      class={classes(buttonCss.button, css.grip)}
      title={t("Drag, or move with the arrow keys")}
      aria-label={t("Move {{title}}, place {{place}} of {{count}}", {
        title,
        place: place + 1,
        count,
      })}
      aria-roledescription={t("handle")}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => drag.start(event, id)}
    >
      <GripVertical size={18} aria-hidden="true" />
    </button>
  );
}

function Vote({ item, title }: { item: QueueItem; title: string }) {
  const { session } = useRoom();
  const on = session.voted.value.has(item.id);
  return (
    <button
      type="button"
      class={classes(buttonCss.button, on && css.voted)}
      aria-pressed={on}
      aria-label={t("Vote for {{title}}: {{votes}}", { title, votes: item.votes })}
      title={on ? t("Take back your vote") : t("Play it sooner")}
      onClick={() => session.voteFor(item.id, !on)}
    >
      <ThumbsUp size={16} aria-hidden="true" />
      <span class={css.votes}>{item.votes}</span>
    </button>
  );
}

interface ActionProps {
  item: QueueItem;
  title: string;
  place: number;
  count: number;
  onMove: ((place: number) => void) | null;
}

function Actions({ item, title, place, count, onMove }: ActionProps) {
  const { session } = useRoom();
  const own = item.added_by === session.you.value?.id;
  const remove = () => session.removeItem(item.id);
  if (!session.canControl.value)
    return own ? (
      <IconButton icon={Trash2} label={t("Remove {{title}}", { title })} onClick={remove} />
    ) : null;
  const moves: MenuItem[] = onMove
    ? [
        ...(place > 0
          ? [{ label: t("Move to the top"), icon: ArrowUp, onSelect: () => onMove(0) }]
          : []),
        ...(place < count - 1
          ? [{ label: t("Move to the end"), icon: ArrowDown, onSelect: () => onMove(count - 1) }]
          : []),
      ]
    : [];
  const items: MenuItem[] = [
    { label: t("Play now"), icon: Play, onSelect: () => session.next(item.id) },
    ...moves,
    { label: t("Remove"), icon: Trash2, danger: true, onSelect: remove },
  ];
  return (
    <Menu label={t("Actions for {{title}}", { title })} items={items}>
      <Ellipsis size={18} aria-hidden="true" />
    </Menu>
  );
}
