import { Check, X } from "lucide-preact";
import { listed, t } from "../../language/t";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Sentence } from "../../ui/Sentence";
import { shortName } from "../../ui/shortName";
import { useRoom } from "./context";
import css from "./WaitingBanner.module.css";

/** How many people are listed by name. */
const NAMED = 2;

/** Who asks to join, with buttons to answer. */
export function KnockBanner() {
  const { session } = useRoom();
  const waiting = session.waiting.value;
  const only = waiting.length === 1 ? waiting[0] : undefined;
  const named = waiting.slice(0, waiting.length > NAMED + 1 ? NAMED : NAMED + 1);
  const names = named.map(({ name }) => name);
  const short = names.map(shortName);
  const others = waiting.length - names.length;
  const ids = waiting.map(({ id }) => id);
  return (
    <Banner>
      <div class={css.line}>
        <span>
          <span class={css.long}>
            <Sentence text={text(names, others)} names={names} />
          </span>
          {/* The same, for a phone. */}
          <span class={css.short} aria-hidden="true">
            <Sentence text={text(short, others)} names={short} />
          </span>
        </span>
        {/* Keyed, so that a click does not also answer someone who knocks at that moment. */}
        <span key={only?.id} class={css.answers}>
          <Button
            kind="quiet"
            onClick={() => (only ? session.reject(only.id) : session.rejectAll(ids))}
          >
            <X class={css.short} size={20} aria-hidden="true" />
            <span class={css.long}>{answer(waiting.length, REFUSE)}</span>
          </Button>
          <Button onClick={() => (only ? session.approve(only.id) : session.approveAll(ids))}>
            <Check class={css.short} size={20} aria-hidden="true" />
            <span class={css.long}>{answer(waiting.length, LET_IN)}</span>
          </Button>
        </span>
      </div>
    </Banner>
  );
}

const REFUSE = { one: "Refuse", two: "Refuse both", more: "Refuse all {{count}}" } as const;
const LET_IN = { one: "Let in", two: "Let both in", more: "Let all {{count}} in" } as const;

function answer(count: number, texts: typeof REFUSE | typeof LET_IN): string {
  if (count > 2) return t(texts.more, { count });
  return t(count === 2 ? texts.two : texts.one);
}

function text(names: readonly string[], others: number): string {
  if (names.length + others === 1) return t("{{name}} wants to come in.", { name: names[0] });
  const all = others > 0 ? [...names, t("{{count}} more", { count: others })] : names;
  return t("{{names}} want to come in.", { names: listed(all) });
}
