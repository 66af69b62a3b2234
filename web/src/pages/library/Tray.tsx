import { useSignal } from "@preact/signals";
import { ChevronDown, ChevronUp, X } from "lucide-preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../language/t";
import { IconButton } from "../../ui/IconButton";
import { isUnfinished } from "../../uploads/phases";
import type { Row, UploadQueue } from "../../uploads/queue";
import css from "./Tray.module.css";
import { UploadRow } from "./UploadRow";

/** The uploads at the bottom right, one row each; not shown if there are none. */
export function Tray({ queue }: { queue: UploadQueue }) {
  const folded = useSignal(false);
  const rows = queue.rows.value;
  const tray = useCorner(rows.length > 0);
  return (
    <>
      {/* A live region must be on the page before its text. */}
      <p class="visually-hidden" aria-live="polite">
        {rows.map(newsOf).filter(Boolean).join(" ")}
      </p>
      {rows.length > 0 && (
        <section ref={tray} class={css.tray} aria-label={t("Uploads")}>
          <header class={css.header}>
            <h2 class={css.title}>{summary(rows)}</h2>
            <IconButton
              icon={folded.value ? ChevronUp : ChevronDown}
              label={folded.value ? t("Show uploads") : t("Hide uploads")}
              aria-expanded={!folded.value}
              onClick={() => {
                folded.value = !folded.value;
              }}
            />
            {rows.every(({ phase }) => phase === "done" || phase === "failed") && (
              <IconButton icon={X} label={t("Close uploads")} onClick={() => closeAll(queue)} />
            )}
          </header>
          {!folded.value && (
            <ul class={css.rows}>
              {rows.map((row) => (
                <UploadRow key={row.id} row={row} queue={queue} />
              ))}
            </ul>
          )}
        </section>
      )}
    </>
  );
}

/** Tells the page the size of the tray, so that nothing is placed under it. */
function useCorner(isShown: boolean) {
  const tray = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const element = tray.current;
    if (!isShown || !element) return;
    const { style } = document.documentElement;
    const observer = new ResizeObserver(() => {
      const { top, left } = element.getBoundingClientRect();
      style.setProperty("--tray", `${innerHeight - top}px`);
      style.setProperty("--tray-width", `${innerWidth - left}px`);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      style.removeProperty("--tray");
      style.removeProperty("--tray-width");
    };
  }, [isShown]);
  return tray;
}

function closeAll(queue: UploadQueue): void {
  for (const { id, phase } of queue.rows.peek()) {
    if (phase === "failed") queue.cancel(id);
    else queue.dismiss(id);
  }
}

function summary(rows: readonly Row[]): string {
  const under = rows.filter(({ phase }) => isUnfinished(phase)).length;
  if (under > 0) return t("Uploading {{count}} videos", { count: under });
  const failed = rows.filter(({ phase }) => phase === "failed").length;
  if (failed > 0) return t("{{count}} uploads failed", { count: failed });
  const open = rows.filter(({ phase }) => phase !== "done").length;
  if (open > 0) return t("{{count}} uploads need you", { count: open });
  return t("{{count}} uploads finished", { count: rows.length });
}

/** The news about an upload that a screen reader reads out. */
function newsOf({ name, phase }: Row): string {
  if (phase === "done") return t("{{name}} is in your library.", { name });
  if (phase === "failed") return t("{{name}} could not be uploaded.", { name });
  return "";
}
