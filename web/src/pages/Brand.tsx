import { t } from "../language/t";
import css from "./Brand.module.css";

/** The product's name, as a link to the home page. */
export function Brand({ compact = false }: { compact?: boolean }) {
  return (
    <a href="/" class={css.brand} title={t("StreamIt home")}>
      <svg viewBox="0 0 20 20" width="24" height="24" aria-hidden="true">
        <path d="M2 3.5v13L10 10z" class={css.first} />
        <path d="M10 3.5v13l8-6.5z" class={css.second} />
      </svg>
      <span class={compact ? css.compact : undefined}>StreamIt</span>
    </a>
  );
}
