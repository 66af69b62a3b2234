import { Check, type LucideIcon } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { classes } from "./classes";
import buttonCss from "./IconButton.module.css";
import { keyAlone } from "./keyAlone";
import css from "./Menu.module.css";
import { usePlaceBeside } from "./placeBeside";
import { stepTo } from "./stepTo";

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  danger?: boolean;
  /** Set if the items are mutually exclusive. */
  checked?: boolean;
  onSelect: () => void;
}

interface Props {
  /** The name of the list, and the button's tooltip. */
  label: string;
  /** The button has its own text, which is its accessible name. */
  named?: boolean;
  items: readonly MenuItem[];
  /** What the button shows. */
  children: ComponentChildren;
  class?: string | undefined;
  tabIndex?: number;
  disabled?: boolean;
  describedBy?: string | undefined;
}

/** A button that opens a list of actions. The list is above everything, also in fullscreen. */
export function Menu(props: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const place = usePlaceBeside(list, button);
  const onToggle = (open: boolean) => {
    button.current?.setAttribute("aria-expanded", String(open));
    if (!open || !list.current) return;
    place();
    firstItem(list.current)?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={classes(buttonCss.button, props.class)}
        title={props.label}
        aria-label={props.named ? undefined : props.label}
        aria-haspopup="menu"
        aria-expanded="false"
        aria-describedby={props.describedBy}
        disabled={props.disabled ?? false}
        tabIndex={props.tabIndex ?? 0}
        popoverTarget={id}
      >
        {props.children}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={props.label}
        tabIndex={-1}
        class={css.list}
        onToggle={(event) => onToggle(event.newState === "open")}
        onKeyDown={moveFocus}
      >
        {props.items.map((item) => (
          <Item key={item.label} item={item} close={() => list.current?.hidePopover()} />
        ))}
      </div>
    </>
  );
}

function Item({ item, close }: { item: MenuItem; close: () => void }) {
  const Icon = item.checked ? Check : item.icon;
  const role =
    item.checked === undefined
      ? { role: "menuitem" as const }
      : { role: "menuitemradio" as const, "aria-checked": item.checked };
  return (
    <button
      type="button"
      {...role}
      tabIndex={-1}
      class={classes(css.item, item.danger && css.danger)}
      onClick={() => {
        close();
        item.onSelect();
      }}
    >
      {Icon ? <Icon size={18} aria-hidden="true" /> : <span class={css.gap} />}
      {item.label}
    </button>
  );
}

function firstItem(list: HTMLElement): HTMLElement | null {
  return list.querySelector("[aria-checked=true]") ?? list.querySelector("button");
}

function moveFocus(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  // The focus returns to the button, and moves on from there.
  if (event.key === "Tab") list.hidePopover();
  const items = [...list.querySelectorAll("button")];
  const now = items.indexOf(document.activeElement as HTMLButtonElement);
  const to = stepTo(keyAlone(event), now, items.length, { wraps: true });
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items[to]?.focus();
}
