import { t } from "../language/t";
import css from "./SkipLink.module.css";

/** The first link of every page, which shows when the keyboard comes to it. */
export function SkipLink() {
  return (
    <a class={css.skip} href="#main">
      {t("Skip to content")}
    </a>
  );
}
