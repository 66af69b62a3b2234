import { useSignalEffect } from "@preact/signals";
import { X } from "lucide-preact";
import { useRef } from "preact/hooks";
import { IconButton } from "./IconButton";
import css from "./Notices.module.css";
import { dismiss, notices } from "./notices";

/**
 * Where notices appear, above dialogs and a picture in fullscreen.
 *
 * What is read out is a second text: a live region must be on the page before its words,
 * and the visible one comes and goes.
 */
export function Notices() {
  const list = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const some = notices.value.length > 0;
    list.current?.hidePopover();
    // Shown anew, so that it lies above a dialog that was opened since.
    if (some) list.current?.showPopover();
  });
  return (
    <>
      <div class="visually-hidden" aria-live="polite">
        {notices.value.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
      <div ref={list} class={css.list} popover="manual">
        {notices.value.map(({ id, text }) => (
          <div key={id} class={css.notice}>
            <p>{text}</p>
            <IconButton icon={X} label="Dismiss" onClick={() => dismiss(id)} />
          </div>
        ))}
      </div>
    </>
  );
}
