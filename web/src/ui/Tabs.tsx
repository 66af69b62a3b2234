import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Badge } from "./Badge";
import { keyAlone } from "./keyAlone";
import css from "./Tabs.module.css";

export interface Tab<Name extends string> {
  name: Name;
  label: string;
  /** The number of new things, and their name. */
  badge?: { count: number; what: string } | undefined;
}

interface Props<Name extends string> {
  label: string;
  tabs: readonly Tab<Name>[];
  selected: Name;
  onSelect: (name: Name) => void;
  /** The selected tab's panel. */
  children: ComponentChildren;
}

/** A few panels, one of which is shown (WAI-ARIA tabs pattern). */
export function Tabs<Name extends string>(props: Props<Name>) {
  const id = useId();
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[keyAlone(event)];
    if (!step) return;
    const now = props.tabs.findIndex((tab) => tab.name === props.selected);
    const next = props.tabs[(now + step + props.tabs.length) % props.tabs.length];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    props.onSelect(next.name);
    document.getElementById(`${id}-${next.name}`)?.focus();
  };
  return (
    <div class={css.tabs}>
      <div role="tablist" aria-label={props.label} class={css.list}>
        {props.tabs.map(({ name, label, badge }) => (
          <button
            key={name}
            id={`${id}-${name}`}
            type="button"
            role="tab"
            class={css.tab}
            aria-selected={name === props.selected}
            aria-controls={name === props.selected ? `${id}-panel` : undefined}
            tabIndex={name === props.selected ? 0 : -1}
            onClick={() => props.onSelect(name)}
            onKeyDown={move}
          >
            <span class={css.label}>{label}</span>
            {badge && badge.count > 0 && <Badge {...badge} />}
          </button>
        ))}
      </div>
      <div
        id={`${id}-panel`}
        role="tabpanel"
        aria-labelledby={`${id}-${props.selected}`}
        class={css.panel}
      >
        {props.children}
      </div>
    </div>
  );
}
