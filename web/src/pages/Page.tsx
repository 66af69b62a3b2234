import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Header } from "./Header";
import css from "./Page.module.css";

interface Props {
  title: string;
  /** A short text in a narrow column, or a page of parts. */
  narrow?: boolean;
  children: ComponentChildren;
}

/** A page with the header, its landmark and its title; the first child is its h1. */
export function Page({ title, narrow = false, children }: Props) {
  useEffect(() => {
    document.title = `${title} · StreamIt`;
  }, [title]);
  return (
    <div class={css.page}>
      <Header />
      <main id="main" class={narrow ? css.narrow : css.wide}>
        {children}
      </main>
    </div>
  );
}
