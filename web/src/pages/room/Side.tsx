import {
  type ReadonlySignal,
  type Signal,
  useComputed,
  useSignal,
  useSignalEffect,
} from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../language/t";
import { filmShown } from "../../session/arrival";
import type { RoomSession } from "../../session/types";
import { lazy } from "../../ui/lazy";
import { type Tab, Tabs } from "../../ui/Tabs";
import type { Place } from "./Chat";
import { useRoom } from "./context";
import { newsOf } from "./news";
import css from "./Side.module.css";
import type { Screen } from "./screen";

type TabName = "chat" | "people" | "queue";

// Loaded on demand, so that the film starts sooner.
const Chat = lazy(async () => {
  await filmShown();
  return (await import("./Chat")).Chat;
});
const People = lazy(async () => (await import("./People")).People);
const QueuePanel = lazy(async () => (await import("./queue/QueuePanel")).QueuePanel);

/** People, chat and queue, next to the video. */
export function Side({ screen }: { screen: Screen }) {
  const { session } = useRoom();
  const selected = useSignal<TabName>("chat");
  const { unread } = screen;
  // In theatre mode and fullscreen it can be hidden.
  const shown = useComputed(
    () => screen.beside.value || !(screen.theatre.value || screen.full.value),
  );
  useUnread(session, unread, () => selected.value === "chat" && shown.value);
  useEffect(() => {
    const isRead = () => selected.peek() === "chat" && shown.peek() && !document.hidden;
    let stop: (() => void) | null = null;
    let gone = false;
    filmShown()
      .then(() => import("./attention"))
      .then(
        ({ watchChat }) => {
          if (!gone) stop = watchChat(session, isRead);
        },
        // The messages are there all the same.
        () => {},
      );
    return () => {
      gone = true;
      stop?.();
    };
  }, [session]);
  useTitle(unread);
  // Kept here, so that a half-written message and the scroll position survive a change of tabs.
  const [draft] = useState(() => ({ text: "" }));
  const [place] = useState<Place>(() => ({ top: null, seenAt: 0 }));
  const tabs: Tab<TabName>[] = [
    { name: "chat", label: t("Chat"), badge: { count: unread.value, what: t("new messages") } },
    {
      name: "people",
      label: t("People {{value}}", {
        value: session.viewerCount.value || "",
      }).trim(),
      badge: { count: session.waiting.value.length, what: t("waiting to be let in") },
    },
    {
      name: "queue",
      label: t("Queue {{value}}", { value: session.queue.value?.items.length || "" }).trim(),
    },
  ];
  return (
    <aside class={css.side} aria-label={t("People, chat and queue")}>
      <Tabs
        label={t("People, chat and queue")}
        tabs={tabs}
        selected={selected.value}
        onSelect={(name) => {
          selected.value = name;
        }}
      >
        {selected.value === "chat" && <Chat draft={draft} place={place} />}
        {selected.value === "people" && <People />}
        {selected.value === "queue" && <QueuePanel />}
      </Tabs>
    </aside>
  );
}

/** Counts messages of others since the chat was last visible. */
function useUnread(session: RoomSession, unread: Signal<number>, isVisible: () => boolean): void {
  const [news] = useState(() => newsOf(session));
  const hidden = useHidden();
  useSignalEffect(() => {
    const fresh = news();
    const looking = isVisible() && !hidden.value;
    unread.value = looking ? 0 : unread.peek() + fresh.length;
  });
}

/** Whether the tab is in the background. */
function useHidden(): ReadonlySignal<boolean> {
  const hidden = useSignal(document.hidden);
  useEffect(() => {
    const read = () => {
      hidden.value = document.hidden;
    };
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, []);
  return hidden;
}

/** The browser tab's title: the room and the number of unread messages. */
function useTitle(unread: ReadonlySignal<number>): void {
  const { session } = useRoom();
  useSignalEffect(() => {
    const name = session.room.value?.name ?? t("Room");
    document.title = `${unread.value > 0 ? `(${unread.value}) ` : ""}${name} · StreamIt`;
  });
}
