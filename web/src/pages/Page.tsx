import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Header } from "./Header";
import css from "./Page.module.css";

interface Props {
  title: string;
  /** A short text in a column, a page of parts, or a wall of pictures. */
  width?: "narrow" | "wide" | "full";
  children: ComponentChildren;
}

/** A page with the header, its landmark and its title; the first child is its h1. */
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
