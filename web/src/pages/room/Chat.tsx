import { useSignal } from "@preact/signals";
import { ArrowDown } from "lucide-preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ChatItem } from "../../session/types";
import { Button } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { dayTime } from "../../ui/time";
import css from "./Chat.module.css";
import { ChatComposer, type Draft } from "./ChatComposer";
import { type ChatGroup, chatGroups } from "./chatGroups";
import { useRoom } from "./context";
import { linkParts } from "./links";

/** When the reader is closer to the end than this, the list follows new messages. */
const NEAR_END_PX = 48;

/** The chat of the room. */
export function Chat({ draft }: { draft: Draft }) {
  const { session } = useRoom();
  const chat = session.chat.value;
  const { list, unseen, onScroll, toEnd } = useEnd(chat);
  return (
    <div class={css.chat}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by key */}
      <div ref={list} class={css.log} role="log" aria-label="Chat" tabIndex={0} onScroll={onScroll}>
        {session.you.value && chat.length === 0 && (
          <p class={css.empty}>Nobody has said anything yet.</p>
        )}
        {chatGroups(chat).map((group) => (
          <Group key={group.id} group={group} />
        ))}
      </div>
      {unseen > 0 && (
        <button type="button" class={css.pill} onClick={toEnd}>
          <ArrowDown size={16} aria-hidden="true" />
          {unseen === 1 ? "1 new message" : `${unseen} new messages`}
        </button>
      )}
      <ChatComposer draft={draft} onSent={toEnd} />
    </div>
  );
}

/** Scrolls to new messages, unless the reader has scrolled up. Then counts them. */
function useEnd(chat: readonly ChatItem[]) {
  const list = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const seen = useRef(chat.length);
  const unseen = useSignal(0);
  const toEnd = () => {
    following.current = true;
    unseen.value = 0;
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    following.current = left < NEAR_END_PX;
    if (following.current) unseen.value = 0;
  };
  useLayoutEffect(() => {
    const fresh = Math.max(chat.length - seen.current, 0);
    seen.current = chat.length;
    if (following.current) toEnd();
    else unseen.value += fresh;
  }, [chat]);
  return { list, unseen: unseen.value, onScroll, toEnd };
}

function Group({ group }: { group: ChatGroup }) {
  return (
    <div class={css.group}>
      <p class={css.who}>
        <span class={css.name} dir="auto">
          {group.name}
        </span>
        <time class={css.time} dateTime={new Date(group.at).toISOString()}>
          {dayTime(group.at)}
        </time>
      </p>
      {group.items.map((item) => (
        <Line key={item.id} item={item} />
      ))}
    </div>
  );
}

function Line({ item }: { item: ChatItem }) {
  const { session } = useRoom();
  return (
    <div>
      <p dir="auto" class={classes(css.text, (item.pending || item.failed) && css.pending)}>
        {linkParts(item.text).map(({ text, href }) =>
          href ? (
            <a href={href} target="_blank" rel="noopener noreferrer nofollow">
              {text}
            </a>
          ) : (
            text
          ),
        )}
      </p>
      {item.failed && (
        <p class={css.failed}>
          {item.failed}
          <Button kind="quiet" onClick={() => session.resendChat(item.id)}>
            Send again
          </Button>
        </p>
      )}
    </div>
  );
}
