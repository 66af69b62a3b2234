import { Play } from "lucide-preact";
import { t } from "../../language/t";
import { Button } from "../../ui/Button";
import { hasMouse } from "../../ui/pointer";
import { Sentence } from "../../ui/Sentence";
import { Spinner } from "../../ui/Spinner";
import { clockTime } from "../../ui/time";
import { isPassing, PASSING } from "../passingFailures";
import { siteName } from "../source";
import { Cover } from "./Cover";
import { useRoom } from "./context";
import { Silent, TakenAway, Unplayable } from "./lazyParts";
import css from "./StageCover.module.css";

interface Props {
  buffering: boolean;
  onChoose: () => void;
}

/** Covers the video while it cannot play, and says why. */
export function StageCover({ buffering, onChoose }: Props) {
  return (
    <>
      {/* A live region must be on the page before its text. */}
      <div aria-live="polite">
        <Hindrance onChoose={onChoose} />
      </div>
      <Delay buffering={buffering} />
    </>
  );
}

/** A problem that lasts until somebody does something. */
function Hindrance({ onChoose }: Pick<Props, "onChoose">) {
  const { session } = useRoom();
  const error = session.playerError.value;
  const state = session.state.value;
  if (!state) return null;
  if (!state.source && state.unloaded)
    return <TakenAway why={state.unloaded} onChoose={onChoose} />;
  if (!state.source) return <NothingChosen onChoose={onChoose} />;
  // Also while its player is being replaced, or has been replaced too often.
  if (session.site.value === "silent" && (!error || isPassing(error.kind)))
    return <Silent onChoose={onChoose} />;
  if (error)
    return isPassing(error.kind) ? (
      <ComesBack kind={error.kind} />
    ) : (
      <Unplayable kind={error.kind} message={error.message} onChoose={onChoose} />
    );
  return null;
}

/** Not announced, because it comes and goes, and its position changes every second. */
function Delay({ buffering }: Pick<Props, "buffering">) {
  const { session } = useRoom();
  const state = session.state.value;
  if (!state) return <Busy text={t("Joining the room")} />;
  if (!state.source || session.playerError.value || session.site.value === "silent") return null;
  if (session.site.value === "awaited") return <SiteLoading />;
  if (session.autoplayBlocked.value) return <JoinOthers />;
  if (!session.player.value) return <Busy text={t("Loading the video")} />;
  if (buffering) return <Busy text={t("Loading")} />;
  return null;
}

/** The video stays visible and clickable behind it. */
function Busy({ text }: { text: string }) {
  return (
    <div class={css.busy}>
      <Spinner size={40} onVideo />
      <span class="visually-hidden">{text}</span>
    </div>
  );
}

/** Until the site's player answers, its frame may be white. */
function SiteLoading() {
  const site = siteName(useRoom().session.state.value?.source ?? null);
  return (
    <Cover opaque>
      <Spinner size={40} onVideo />
      <p>{t("{{site}} is loading…", { site })}</p>
    </Cover>
  );
}

function NothingChosen({ onChoose }: { onChoose: () => void }) {
  const { session, names } = useRoom();
  if (!session.canControl.value)
    return (
      <Cover>
        <p class={css.title}>{t("Nothing is playing yet")}</p>
        <p>
          <Sentence
            text={t("{{host}} chooses what to watch. It starts here by itself.", {
              host: names.hostFirst.value,
            })}
            names={[names.hostFirst.value]}
          />
        </p>
      </Cover>
    );
  return (
    <Cover>
      <p class={css.title}>{t("What do you want to watch?")}</p>
      <Button onClick={onChoose}>{t("Paste a link or choose a file")}</Button>
    </Cover>
  );
}

function JoinOthers() {
  const { session } = useRoom();
  const at = clockTime(session.position.value);
  return (
    <Cover>
      <Button kind="primary" class={css.join} onClick={() => session.joinPlayback()}>
        <Play size={24} aria-hidden="true" />
        {t("Join the others")}
      </Button>
      <p>
        {t("They are at")} <time>{at}</time>
        {hasMouse.matches
          ? t(". Your browser wants a click before it plays sound.")
          : t(". Your browser wants a tap before it plays sound.")}
      </p>
    </Cover>
  );
}

function ComesBack({ kind }: { kind: keyof typeof PASSING }) {
  const { title, text } = PASSING[kind];
  return (
    <Cover>
      <Spinner size={28} />
      <p class={css.title}>{title}</p>
      <p>{text}</p>
    </Cover>
  );
}
