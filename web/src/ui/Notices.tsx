import { useSignalEffect } from "@preact/signals";
import { X } from "lucide-preact";
import { useRef } from "preact/hooks";
import { t } from "../language/t";
import { Button } from "./Button";
import { IconButton } from "./IconButton";
import css from "./Notices.module.css";
import { dismiss, notices } from "./notices";

/**
 * Where notices appear: above dialogs and a fullscreen video.
 *
 * Screen readers read a second text. A live region must be on the page before its text, but
 * the visible one comes and goes.
 */
export function Notices() {
  const list = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const some = notices.value.length > 0;
    list.current?.hidePopover();
    // Show it again, so that it lies above a dialog that was opened meanwhile.
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
        {notices.value.map(({ id, text, reload }) => (
          <div key={id} class={css.notice}>
            <p>{text}</p>
            {reload && <Button onClick={() => location.reload()}>{t("Reload")}</Button>}
            <IconButton icon={X} label={t("Dismiss")} onClick={() => dismiss(id)} />
          </div>
        ))}
      </div>
    </>
  );
}
