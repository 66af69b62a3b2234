import type { ChatItem } from "../../session/types";
import { Button } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { longDateTime } from "../../ui/time";
import css from "./ChatLine.module.css";
import { useRoom } from "./context";
import { type Context, type LinePart, lineParts } from "./lineParts";

/** One message, with what can be pressed in it. */
export function ChatLine({ item, context }: { item: ChatItem; context: Context }) {
  const { session } = useRoom();
  const parts = lineParts(item.text, context);
  const isCall = parts.some((part) => part.kind === "mention" && part.you);
  return (
    <div class={classes(isCall && css.call)}>
      <p
        dir="auto"
        class={classes(css.text, (item.pending || item.failed) && css.pending)}
        title={longDateTime(new Date(item.at).toISOString())}
      >
        {parts.map((part) => (
          <Part part={part} />
        ))}
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

function Part({ part }: { part: LinePart }) {
  const { session } = useRoom();
  if (part.kind === "link") {
    return (
      <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    );
  }
  if (part.kind === "mention") return <strong class={css.mention}>{part.text}</strong>;
  if (part.kind === "time" && session.canControl.value) {
    return (
      <button
        type="button"
        class={css.moment}
        title={`Go to ${part.text}`}
        onClick={() => session.seek(part.at_s)}
      >
        {part.text}
      </button>
    );
  }
  return <>{part.text}</>;
}
