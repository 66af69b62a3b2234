import { listed, t } from "../../language/t";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Sentence } from "../../ui/Sentence";
import { shortName } from "../../ui/shortName";
import { useNow } from "../../ui/useNow";
import { useRoom } from "./context";
import css from "./WaitingBanner.module.css";

/** Whom the room waits for, for how long at most, and what can be done about it. */
export function WaitingBanner() {
  const { session, names } = useRoom();
  const now = useNow(250);
  const waiting = session.state.value?.waiting;
  if (!waiting) return null;
  const you = session.you.value?.id;
  // Read here, so that it renders again.
  const seconds = now.value && Math.ceil((waiting.until - session.roomNow()) / 1000);
  const who = waiting.for.map((id) => (id === you ? t("you") : names.of(id)));
  return (
    <Banner>
      <div class={css.line}>
        <span>
          <span class={css.long}>
            <WaitingFor who={who} count={waiting.count} />
          </span>
          {/* The same, for a phone. */}
          <span class={css.short} aria-hidden="true">
            <WaitingFor who={who.slice(0, 1).map(shortName)} count={waiting.count} />
          </span>
          {/* Hidden from screen readers, which would announce every second. */}
          <span aria-hidden="true">
            {seconds > 0 ? t(", {{seconds}}\u00a0s at most", { seconds }) : ""}
          </span>
        </span>
        {session.canControl.value ? (
          <Button onClick={() => session.play()}>{t("Play anyway")}</Button>
        ) : (
          you !== undefined &&
          waiting.for.includes(you) && (
            <Button onClick={() => session.waitForMe(false)}>{t("Don’t wait for me")}</Button>
          )
        )}
      </div>
    </Banner>
  );
}

/** Names those in `who`, and how many others there are. */
function WaitingFor({ who, count }: { who: string[]; count: number }) {
  const others = count - who.length;
  const list = listed(others > 0 ? [...who, t("{{count}} more", { count: others })] : who);
  return (
    <Sentence
      text={t("Waiting for {{list}}", { list })}
      names={who.filter((name) => name !== t("you"))}
    />
  );
}
