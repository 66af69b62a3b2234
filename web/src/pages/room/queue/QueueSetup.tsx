import { ChevronRight } from "lucide-preact";
import { t } from "../../../language/t";
import type { QueueState } from "../../../protocol.gen";
import { Checkbox } from "../../../ui/Checkbox";
import { AskButton } from "../../AskButton";
import { useRoom } from "../context";
import css from "./QueueSetup.module.css";

/** The queue's settings, for the host; co-hosts may change one of them. */
export function QueueSetup({ queue }: { queue: QueueState }) {
  const { session } = useRoom();
  const isHost = session.you.value?.role === "host";
  if (!session.canControl.value) return null;
  return (
    <details
      class={css.setup}
      // It is at the lower edge, where nobody would see what has opened.
      onToggle={({ currentTarget: it }) => it.open && it.scrollIntoView({ block: "nearest" })}
    >
      <summary class={css.summary}>
        <ChevronRight class={css.turn} size={18} aria-hidden="true" />
        {t("Queue settings")}
      </summary>
      <Checkbox
        label={t("Play the next one at the end")}
        checked={queue.autoplay}
        onChange={(autoplay) => session.setQueue({ autoplay })}
      />
      {isHost && <HostChoices queue={queue} />}
      {queue.items.length > 0 && (
        <AskButton
          kind="quiet"
          question={{
            title: t("Empty the queue?"),
            text: t("All {{count}} items are removed. The current video keeps playing.", {
              count: queue.items.length,
            }),
            action: t("Empty the queue"),
            danger: true,
          }}
          onConfirm={() => session.clearQueue()}
        >
          {t("Empty the queue…")}
        </AskButton>
      )}
    </details>
  );
}

function HostChoices({ queue }: { queue: QueueState }) {
  const { session } = useRoom();
  return (
    <>
      <Checkbox
        label={t("Everyone can add")}
        checked={queue.adding === "everyone"}
        onChange={(on) => session.setQueue({ adding: on ? "everyone" : "controllers" })}
      />
      <Checkbox
        label={t("Votes decide the order")}
        checked={queue.order === "votes"}
        onChange={(on) => session.setQueue({ order: on ? "votes" : "manual" })}
      />
      <Checkbox
        label={t("People can vote to skip")}
        checked={queue.skipping}
        onChange={(skipping) => session.setQueue({ skipping })}
      />
    </>
  );
}
