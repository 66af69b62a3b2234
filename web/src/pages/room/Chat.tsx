import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { ArrowDown } from "lucide-preact";
import { useEffect, useId, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../../language/t";
import { classes } from "../../ui/classes";
import { keyAlone } from "../../ui/keyAlone";
import { Sentence } from "../../ui/Sentence";
import { stepTo } from "../../ui/stepTo";
import { dayTime, longDate } from "../../ui/time";
import { nameHue } from "../nameHue";
import css from "./Chat.module.css";
import actionCss from "./ChatAction.module.css";
import { ChatComposer, type Draft } from "./ChatComposer";
import { ChatLine } from "./ChatLine";
import { chatRows, type Group, peopleText, type Row } from "./chatRows";
import { useRoom } from "./context";
import type { Context } from "./lineParts";
import { type Action, actionsFor, personIn } from "./moderation";
import { newestAt, newSince } from "./news";
import { PersonMenu } from "./PersonMenu";
import { RoleMark } from "./RoleMark";

/** If the reader is closer to the end than this, the list follows new messages. */
const NEAR_END_PX = 48;

/** The reader's scroll position, and what they had seen when they left the end. */
export interface Place {
  /** The scroll position in pixels; null at the end. */
  top: number | null;
  /** When the newest message they have seen was written, in ms of room time. */
  seenAt: number;
}

/** The chat of the room. */
export function Chat({ draft, place }: { draft: Draft; place: Place }) {
  const { session } = useRoom();
  const chat = session.chat.value;
  const presenceChanges = session.presenceChanges.value;
  const rows = useMemo(
    () => chatRows(chat, presenceChanges, session.roomNow()),
    [chat, presenceChanges],
  );
  const { list, unseen, away, onScroll, toEnd } = useEnd(rows, place);
  const context = useLineContext();
  const { reached, ...keys } = useReached();
  const keysId = useId();
  return (
    <div class={css.chat}>
      <div
        ref={list}
        class={css.log}
        role="log"
        aria-label={t("Chat")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by key
        tabIndex={0}
        aria-describedby={keysId}
        onScroll={onScroll}
        {...keys}
      >
        {session.you.value && rows.length === 0 && (
          <p class={css.empty}>{t("Nobody has said anything yet.")}</p>
        )}
        {rows.map((row) => (
          <RowOf key={row.id} row={row} context={context} reached={reached} />
        ))}
      </div>
      <p id={keysId} hidden>
        {t("The arrow keys go from message to message.")}
      </p>
      {away && (
        <button type="button" class={css.pill} onClick={toEnd}>
          <ArrowDown size={16} aria-hidden="true" />
          {unseen === 0 ? t("Jump to newest") : t("{{count}} new messages", { count: unseen })}
        </button>
      )}
      <ChatComposer draft={draft} onSent={toEnd} />
    </div>
  );
}

/** Scrolls to new messages, or counts them if the reader has scrolled up. */
function useEnd(rows: readonly Row[], place: Place) {
  const { session } = useRoom();
  const chat = session.chat.value;
  const list = useRef<HTMLDivElement>(null);
  const away = useSignal(place.top !== null);
  const size = useRef("");
  const toEnd = () => {
    away.value = false;
    place.top = null;
    place.seenAt = newestAt(chat);
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  const onScroll = () => {
    const element = list.current;
    // Ignore scrolling that is caused by a new size of the list, or by hiding it.
    if (!element?.clientHeight || sizeOf(element) !== size.current) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    away.value = left >= NEAR_END_PX;
    place.top = away.value ? element.scrollTop : null;
    if (!away.value) place.seenAt = newestAt(chat);
  };
  useLayoutEffect(() => {
    if (list.current && place.top !== null) list.current.scrollTop = place.top;
  }, []);
  useLayoutEffect(() => {
    if (!away.peek()) toEnd();
  }, [rows]);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      size.current = sizeOf(element);
      if (!away.peek()) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const you = session.you.value?.id ?? "";
  const unseen = away.value ? newSince(chat, place.seenAt, you).length : 0;
  return { list, unseen, away: away.value, onScroll, toEnd };
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): string {
  return `${clientWidth}×${clientHeight}`;
}

/**
 * The arrow keys move between messages. Only the buttons and links of the current message are in
 * the Tab order, so that the list does not take a hundred Tab presses.
 */
function useReached() {
  const reached = useSignal<string | null>(null);
  const onFocusIn = ({ target }: FocusEvent) => {
    const line = (target as Element).closest<HTMLElement>("[data-line]");
    if (line) reached.value = line.dataset.line ?? null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const lines = [
      ...(event.currentTarget as Element).querySelectorAll<HTMLElement>("[data-line]"),
    ];
    const isInside = event.target !== event.currentTarget;
    const now = isInside
      ? lines.findIndex((line) => line.dataset.line === reached.peek())
      : lines.length;
    if (now < 0) return;
    const to = stepTo(keyAlone(event), now, lines.length);
    const line = to === undefined ? undefined : lines[to];
    if (!line) return;
    event.preventDefault();
    event.stopPropagation();
    line.focus();
  };
  return { reached, onFocusIn, onKeyDown };
}

/** What is needed to recognise links, times and names in the lines. */
function useLineContext(): Context {
  const { session } = useRoom();
  const members = session.members.value;
  const you = session.you.value?.name ?? "";
  const duration = session.duration.value;
  return useMemo(
    () => ({ names: [you, ...members.map(({ name }) => name)], you, duration }),
    [members, you, duration],
  );
}

interface GroupProps {
  context: Context;
  /** The message that the keyboard has reached. */
  reached: ReadonlySignal<string | null>;
}

function RowOf({ row, ...props }: GroupProps & { row: Row }) {
  if (row.kind === "group") return <GroupOf group={row} {...props} />;
  if (row.kind === "day") {
    return (
      <p class={css.day}>
        <time dateTime={new Date(row.at).toISOString()}>
          {longDate(new Date(row.at).toISOString())}
        </time>
      </p>
    );
  }
  return (
    <p class={css.people} title={dayTime(row.at)}>
      <Sentence text={peopleText(row)} names={[...row.joined, ...row.left]} />
    </p>
  );
}

function GroupOf({ group, context, reached }: GroupProps & { group: Group }) {
  return (
    <div class={classes(css.group, actionCss.with)}>
      <p class={css.who}>
        <span
          class={classes(css.name, css.coloured)}
          style={{ "--hue": nameHue(group.member) }}
          dir="auto"
        >
          {group.name}
        </span>
        <RoleMark role={group.role} />
        <time class={css.time} dateTime={new Date(group.at).toISOString()}>
          {dayTime(group.at)}
        </time>
        <ActionsOf group={group} reached={reached} />
      </p>
      {group.items.map((item) => (
        <ChatLine key={item.id} item={item} context={context} reached={reached} />
      ))}
    </div>
  );
}

/** Moderation actions for the sender of a message, who may not be listed in a big room. */
function ActionsOf({ group, reached }: Pick<GroupProps, "reached"> & { group: Group }) {
  const { session } = useRoom();
  const isReached = useComputed(() => group.items.some(({ id }) => id === reached.value));
  const you = session.you.value;
  if (you === null || you.role === "viewer") return null;
  const who = personIn(session.members.value, session.room.value?.host, group);
  const about: readonly Action[] = ["mute", "kick", "ban"];
  const actions = actionsFor(you, who).filter((action) => about.includes(action));
  const tabIndex = isReached.value ? 0 : -1;
  const className = classes(actionCss.action, css.actions);
  return <PersonMenu class={className} who={who} actions={actions} tabIndex={tabIndex} />;
}
