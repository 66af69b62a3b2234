import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../language/t";
import css from "./Dialog.module.css";
import { IconButton } from "./IconButton";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

/**
 * A modal window; in a narrow window a sheet at the bottom. It is open while it is rendered.
 *
 * The first element with `data-focus` gets the focus. Closing gives it back.
 */
export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const isGone = useRef(false);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-focus]")?.focus();
    // Close it before it is removed, so that the browser restores the focus.
    return () => {
      isGone.current = true;
      element?.close();
    };
  }, []);
  return (
    // The click is for the mouse only. Escape and the close button do the same.
    // biome-ignore lint/a11y/useKeyWithClickEvents: a dialog closes with Escape by itself
    <dialog
      ref={dialog}
      class={css.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // After a second Escape in a row browsers close the dialog without asking, so follow them.
      onClose={() => {
        if (isGone.current) return;
        dialog.current?.showModal();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class={css.body}>
        <header class={css.header}>
          <h2 id={id}>{title}</h2>
          <IconButton icon={X} label={t("Close")} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
