import { listed, t } from "../../language/t";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Sentence } from "../../ui/Sentence";
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
          <Sentence
            text={t("Waiting for {{list}}", { list: list(who, waiting.count - who.length) })}
            names={who.filter((name) => name !== t("you"))}
          />
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

function list(who: string[], others: number): string {
  if (others <= 0) return listed(who);
  return listed([...who, t("{{count}} more", { count: others })]);
}
