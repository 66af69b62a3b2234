import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Header } from "./Header";
import css from "./Page.module.css";

interface Props {
  title: string;
  /** A column of text, a page of sections, or a wide grid. */
  width?: "narrow" | "wide" | "full";
  children: ComponentChildren;
}

/** A page with header, main landmark and title. The first child is its h1. */
export function Page({ title, width = "wide", children }: Props) {
  useEffect(() => {
    document.title = `${title} · StreamIt`;
  }, [title]);
  return (
    <div class={css.page}>
      <Header />
      <main id="main" class={css[width]}>
        {children}
      </main>
    </div>
  );
}
