import { useSignal } from "@preact/signals";
import { SendHorizontal } from "lucide-preact";
import { useId, useRef } from "preact/hooks";
import { t } from "../../language/t";
import { limits } from "../../protocol.gen";
import { tooLong } from "../../session/chat";
import { slowMode_s } from "../../session/store";
import type { RoomSession } from "../../session/types";
import { IconButton } from "../../ui/IconButton";
import { isComposed } from "../../ui/keyAlone";
import { spokenTime } from "../../ui/time";
import css from "./ChatComposer.module.css";
import { useRoom } from "./context";
import { MentionList, useMentions } from "./Mentions";

/** A half-written message, kept while the field is not on the page. */
export interface Draft {
  text: string;
}

/** The field shows the remaining characters once there are no more than this. */
const NEARLY_FULL = 50;

export function ChatComposer({ draft, onSent }: { draft: Draft; onSent: () => void }) {
  const { session } = useRoom();
  const text = useSignal(draft.text);
  const field = useRef<HTMLTextAreaElement>(null);
  const mention = useMentions(field);
  const overId = useId();
  const closed = closedBecause(session);
  const left = limits.chat_characters - [...text.value.trim()].length;
  const write = (written: string) => {
    text.value = written;
    draft.text = written;
  };
  const send = (event: Event) => {
    event.preventDefault();
    const line = text.value.trim();
    if (!line || left < 0) return;
    session.sendChat(line);
    write("");
    onSent();
    field.current?.focus();
  };
  const complete = (name: string) => {
    const { text: whole, caret } = mention.completed(name);
    write(whole);
    const element = field.current;
    if (!element) return;
    // Set it now, so that the next render leaves the caret where it is.
    element.value = whole;
    element.setSelectionRange(caret, caret);
    element.focus();
  };
  if (closed) return <p class={css.closed}>{closed}</p>;
  return (
    <form class={css.form} onSubmit={send}>
      <MentionList mention={mention} onChoose={complete} />
      <p id={overId} class={css.over} aria-live="polite">
        {left < 0 && tooLong(-left)}
      </p>
      <textarea
        ref={field}
        class={css.field}
        rows={1}
        dir="auto"
        aria-label={t("Message")}
        placeholder={placeholder(session)}
        enterkeyhint="send"
        value={text.value}
        aria-invalid={left < 0 || undefined}
        aria-describedby={overId}
        {...mention.attributes}
        onInput={(event) => {
          write(event.currentTarget.value);
          mention.look();
        }}
        onKeyUp={mention.follow}
        onClick={mention.follow}
        onBlur={mention.close}
        onKeyDown={(event) => {
          const chosen = mention.onKey(event);
          if (chosen !== null) complete(chosen);
          if (event.defaultPrevented) return;
          // Enter that confirms a composed character does not send the message.
          if (event.key === "Enter" && !event.shiftKey && !isComposed(event)) send(event);
        }}
      />
      {left >= 0 && left < NEARLY_FULL && (
        <output class={css.left} aria-label={t("Characters left")}>
          {left}
        </output>
      )}
      <IconButton
        icon={SendHorizontal}
        label={t("Send")}
        type="submit"
        disabled={!text.value.trim() || left < 0}
      />
    </form>
  );
}

function placeholder(session: RoomSession): string {
  const slow_s = slowMode_s(session);
  return slow_s ? t("Slow mode: {{wait}}", { wait: spokenTime(slow_s) }) : t("Send a message");
}

function closedBecause(session: RoomSession): string | null {
  if (session.you.value?.muted) return t("The host muted you. You can still read the chat.");
  if (session.room.value?.chat_open === false) return t("The host turned off the chat.");
  return null;
}
