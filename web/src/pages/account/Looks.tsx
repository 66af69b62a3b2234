import { useSignal } from "@preact/signals";
import { choose, chosen, LANGUAGES, type Language } from "../../language/language";
import { t } from "../../language/t";
import { Select } from "../../ui/Select";
import { chooseScheme, chosenScheme, type Scheme } from "../../ui/scheme";
import css from "./AccountPage.module.css";

const SCHEMES: readonly (readonly [Scheme | "", string])[] = [
  ["", t("As your system")],
  ["dark", t("Dark")],
  ["light", t("Light")],
];
const SPOKEN: readonly (readonly [Language | "", string])[] = [
  ["", t("As your browser")],
  ...(Object.entries(LANGUAGES) as [Language, string][]),
];

/** Language and appearance, in this browser. */
export function Looks() {
  const scheme = useSignal<Scheme | "">(chosenScheme() ?? "");
  return (
    <section class={css.section} aria-labelledby="looks">
      <h2 id="looks">{t("This browser")}</h2>
      <div class={css.narrow}>
        <Select
          label={t("Language")}
          value={chosen ?? ""}
          options={SPOKEN}
          onChange={(value) => {
            choose(value || null);
            location.reload();
          }}
        />
      </div>
      <div class={css.narrow}>
        <Select
          label={t("Appearance")}
          value={scheme.value}
          options={SCHEMES}
          onChange={(value) => {
            scheme.value = value;
            chooseScheme(value || null);
          }}
        />
      </div>
    </section>
  );
}
