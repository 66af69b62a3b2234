import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import css from "../Form.module.css";
import { Page } from "../Page";
import { startsLater } from "../startsLater";
import { useRoom } from "./context";

interface LobbyProps {
  title: ComponentChildren;
  children: ComponentChildren;
}

/** A page before the room, with the name of the room above its heading. */
export function LobbyPage({ title, children }: LobbyProps) {
  const { details } = useRoom();
  useEffect(() => {
    document.querySelector<HTMLElement>("main [data-focus]")?.focus();
  }, []);
  return (
    <Page title={details.value?.name ?? t("Room")} width="narrow">
      <div>
        {/* Reserves the line until the name is known, so that nothing jumps. */}
        <p class={css.muted} dir="auto">
          {details.value?.name ?? "\u00a0"}
        </p>
        <h1 tabIndex={-1}>{title}</h1>
      </div>
      {children}
    </Page>
  );
}

/** When the room starts, if it has not begun. */
export function StartsLater() {
  const starts = startsLater(useRoom().details.value);
  return starts && <p>{starts}.</p>;
}
