import { Play } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { t } from "../../language/t";
import type { PlayerError } from "../../players/player";
import { Button } from "../../ui/Button";
import { Spinner } from "../../ui/Spinner";
import { clockTime } from "../../ui/time";
import { PASSING } from "../passingFailures";
import { siteName } from "../source";
import { useRoom } from "./context";
import css from "./StageCover.module.css";

interface Props {
  buffering: boolean;
  onChoose: () => void;
}

/** What is shown instead of the video while it cannot play, and why. */
export function StageCover({ buffering, onChoose }: Props) {
  return (
    <>
      {/* There from the beginning, so that what comes is read out. */}
      <div aria-live="polite">
        <Hindrance onChoose={onChoose} />
      </div>
      <Delay buffering={buffering} />
    </>
  );
}

/** Why nothing plays until somebody does something about it. */
function Hindrance({ onChoose }: Pick<Props, "onChoose">) {
  const { session } = useRoom();
  const error = session.playerError.value;
  const state = session.state.value;
  if (!state) return null;
  if (!state.source && state.unloaded)
    return <TakenAway why={state.unloaded} onChoose={onChoose} />;
  if (!state.source) return <NothingChosen onChoose={onChoose} />;
  if (error) return <Failed error={error} onChoose={onChoose} />;
  if (session.siteIsSilent.value) return <Silent onChoose={onChoose} />;
  return null;
}

/** Not read out: it comes and goes, and the position in it changes every second. */
function Delay({ buffering }: Pick<Props, "buffering">) {
  const { session } = useRoom();
  const state = session.state.value;
  if (!state) return <Busy text={t("Joining the room")} />;
  if (!state.source || session.playerError.value || session.siteIsSilent.value) return null;
  if (session.autoplayBlocked.value) return <JoinOthers />;
  if (!session.player.value) return <Busy text={t("Loading the video")} />;
  if (buffering) return <Busy text={t("Loading")} />;
  return null;
}

function Cover({ children }: { children: ComponentChildren }) {
  return <div class={css.cover}>{children}</div>;
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

function NothingChosen({ onChoose }: { onChoose: () => void }) {
  const { session, names } = useRoom();
  if (!session.canControl.value)
    return (
      <Cover>
        <p class={css.title}>{t("Nothing plays yet")}</p>
        <p>
          <bdi>{names.hostFirst.value}</bdi>{" "}
          {t("has not chosen anything. It starts here by itself.")}
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

const TAKEN_AWAY = {
  taken_back: {
    title: t("This video is no longer shared"),
    text: t("Its owner no longer shares it."),
  },
  deleted: { title: t("This video is gone"), text: t("Its owner has deleted it.") },
};

function TakenAway({ why, onChoose }: { why: keyof typeof TAKEN_AWAY; onChoose: () => void }) {
  const { session } = useRoom();
  const { title, text } = TAKEN_AWAY[why];
  return (
    <Cover>
      <p class={css.title}>{title}</p>
      <p>{text}</p>
      {session.canControl.value && <Button onClick={onChoose}>{t("Choose something else")}</Button>}
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
        {t(". Your browser wants a tap before it plays sound.")}
      </p>
    </Cover>
  );
}

function Silent({ onChoose }: { onChoose: () => void }) {
  const { session } = useRoom();
  const site = siteName(session.state.value?.source ?? null);
  return (
    <Cover>
      <p class={css.title}>
        {site} {t("can’t be reached from this network")}
      </p>
      <p>{t("It may be blocked here, or down. The video starts by itself when it answers.")}</p>
      {session.canControl.value && <Button onClick={onChoose}>{t("Choose another video")}</Button>}
    </Cover>
  );
}

const FAILURES: Record<PlayerError["kind"], { title: string; text: string; waits?: boolean }> = {
  ...PASSING,
  unsupported: {
    title: t("Your browser can’t play this"),
    text: t("It doesn’t support this format. Try another browser or another file."),
  },
  "embed-refused": {
    title: t("This link can’t be played here"),
    text: t("The site forbids embedding. Try another link, or upload the file."),
  },
  unplayable: {
    title: t("This can’t be played"),
    text: t("Choose another video."),
  },
  missing: {
    title: t("This video is no longer available"),
    text: t("It was removed. Choose another video."),
  },
};

function Failed({ error, onChoose }: { error: PlayerError; onChoose: () => void }) {
  const { session } = useRoom();
  const { title, text, waits } = FAILURES[error.kind];
  return (
    <Cover>
      {waits && <Spinner size={28} />}
      <p class={css.title}>{title}</p>
      <p>{error.kind === "unplayable" ? error.message : text}</p>
      {!waits && session.canControl.value && (
        <Button onClick={onChoose}>{t("Choose another video")}</Button>
      )}
    </Cover>
  );
}
