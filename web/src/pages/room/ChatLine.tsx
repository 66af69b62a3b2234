import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { Trash2 } from "lucide-preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../language/t";
import type { ChatItem } from "../../session/types";
import { Button } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { longDateTime } from "../../ui/time";
import actionCss from "./ChatAction.module.css";
import css from "./ChatLine.module.css";
import { useRoom } from "./context";
import { type Context, type LinePart, lineParts } from "./lineParts";

interface Props {
  item: ChatItem;
  context: Context;
  /** The message that the keyboard has reached. */
  reached: ReadonlySignal<string | null>;
}

/** One message with its links and buttons. */
export function ChatLine({ item, context, reached }: Props) {
  const { session } = useRoom();
  const parts = lineParts(item.text, context);
  const { text, isCut, isOpen } = useLongText(item.text);
  const isReached = useComputed(() => reached.value === item.id);
  const tabIndex = isReached.value ? 0 : -1;
  const isCall = parts.some((part) => part.kind === "mention" && part.you);
  return (
    <div
      class={classes(css.line, actionCss.with, isCall && css.call)}
      tabIndex={-1}
      data-line={item.id}
    >
      <p
        ref={text}
        dir="auto"
        class={classes(
          css.text,
          !isOpen.value && css.short,
          (item.pending || item.failed) && css.pending,
        )}
        title={longDateTime(new Date(item.at).toISOString())}
      >
        {parts.map((part) => (
          <Part part={part} tabIndex={tabIndex} />
        ))}
      </p>
      {isCut.value && (
        <button
          type="button"
          class={css.more}
          tabIndex={tabIndex}
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {isOpen.value ? t("Show less") : t("Show more")}
        </button>
      )}
      <DeleteButton item={item} tabIndex={tabIndex} />
      {item.failed && (
        <p class={css.failed}>
          {item.failed}
          <Button kind="quiet" tabIndex={tabIndex} onClick={() => session.resendChat(item.id)}>
            {t("Send again")}
          </Button>
        </p>
      )}
    </div>
  );
}

/** Hosts and co-hosts have it on every message, others on their own. */
function DeleteButton({ item, tabIndex }: { item: ChatItem; tabIndex: number }) {
  const { session } = useRoom();
  const you = session.you.value;
  const mayDelete = you && (you.role !== "viewer" || you.id === item.member);
  if (!mayDelete || item.pending || item.failed) return null;
  return (
    <button
      type="button"
      class={classes(actionCss.action, css.delete)}
      tabIndex={tabIndex}
      title={t("Delete for everyone")}
      aria-label={t("Delete the message from {{name}}", { name: item.name })}
      onClick={() => session.deleteChat(item.id)}
    >
      <Trash2 size={16} aria-hidden="true" />
    </button>
  );
}

/** Whether a text is longer than the visible lines, and whether it is expanded. */
function useLongText(said: string) {
  const text = useRef<HTMLParagraphElement>(null);
  const isCut = useSignal(false);
  const isOpen = useSignal(false);
  useLayoutEffect(() => {
    const element = text.current;
    if (!element || isOpen.peek()) return;
    // Buttons extend beyond a line, so count only whole hidden lines.
    const linePx = Number.parseFloat(getComputedStyle(element).lineHeight) || 1;
    isCut.value = element.scrollHeight > element.clientHeight + 0.75 * linePx;
  }, [said]);
  return { text, isCut, isOpen };
}

function Part({ part, tabIndex }: { part: LinePart; tabIndex: number }) {
  const { session } = useRoom();
  if (part.kind === "link") {
    return (
      <a href={part.href} tabIndex={tabIndex} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    );
  }
  if (part.kind === "mention") {
    // A right-to-left name must not change the direction of the line.
    return (
      <strong class={css.mention} dir="auto">
        {part.text}
      </strong>
    );
  }
  if (part.kind === "time" && session.canControl.value) {
    return (
      <button
        type="button"
        class={classes("large-target", css.moment)}
        tabIndex={tabIndex}
        title={t("Go to {{text}}", { text: part.text })}
        onClick={() => session.seek(part.at_s)}
      >
        {part.text}
      </button>
    );
  }
  return <>{part.text}</>;
}
