import { useSignal } from "@preact/signals";
import type { LucideIcon } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { classes } from "./classes";
import buttonCss from "./IconButton.module.css";
import css from "./Popover.module.css";
import { usePlaceBeside } from "./placeBeside";

interface Props {
  icon: LucideIcon;
  /** The name of the button and of the panel. */
  label: string;
  disabled?: boolean;
  /** A few characters over the icon; the label says the same. */
  badge?: string;
  class?: string | undefined;
  /** What the panel shows while it is open. */
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a panel next to it. The panel is above everything, also in fullscreen. */
export function Popover({ icon: Icon, label, disabled, badge, children, ...rest }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const open = useSignal(false);
  const place = usePlaceBeside(panel, button);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={classes(buttonCss.button, css.button, rest.class)}
        title={label}
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={open.value}
        disabled={disabled ?? false}
        popoverTarget={id}
      >
        <Icon size={20} aria-hidden="true" />
        {badge && (
          <span class={css.badge} aria-hidden="true">
            {badge}
          </span>
        )}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        tabIndex={-1}
        class={css.panel}
        onFocusOut={({ relatedTarget }) => {
          // Close the panel when the focus leaves it, so that it does not cover the focused
          // element.
          const to = relatedTarget as Node | null;
          const stays = to === null || to === button.current || panel.current?.contains(to);
          if (!stays) panel.current?.hidePopover();
        }}
        onToggle={(event) => {
          open.value = event.newState === "open";
          if (!open.value) return;
          place();
          panel.current?.focus();
        }}
      >
        {open.value && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}
