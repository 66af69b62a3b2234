// Explains lasting playback failures.

import { t } from "../../language/t";
import { Button } from "../../ui/Button";
import type { Lasting } from "../passingFailures";
import { siteName } from "../source";
import { Cover } from "./Cover";
import { useRoom } from "./context";
import css from "./StageCover.module.css";

const TAKEN_AWAY = {
  taken_back: {
    title: t("This video is no longer shared"),
    text: t("Its owner no longer shares it."),
  },
  deleted: { title: t("This video is gone"), text: t("Its owner has deleted it.") },
};

interface TakenAwayProps {
  why: keyof typeof TAKEN_AWAY;
  onChoose: () => void;
}

export function TakenAway({ why, onChoose }: TakenAwayProps) {
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

export function Silent({ onChoose }: { onChoose: () => void }) {
  const { session } = useRoom();
  const site = siteName(session.state.value?.source ?? null);
  return (
    <Cover opaque>
      <p class={css.title}>
        {site} {t("can’t be reached from this network")}
      </p>
      <p>{t("It may be blocked here, or down. The video starts by itself when it answers.")}</p>
      {session.canControl.value && <Button onClick={onChoose}>{t("Choose another video")}</Button>}
    </Cover>
  );
}

/** What is wrong and what a viewer can do. For "unplayable", the player's message is shown. */
const FAILURES: Record<Lasting, { title: string; why?: string; viewer?: string }> = {
  unsupported: {
    title: t("Your browser can’t play this"),
    why: t("It doesn’t support this format."),
    viewer: t("Try another browser."),
  },
  "embed-refused": {
    title: t("This link can’t be played here"),
    why: t("The site forbids embedding."),
  },
  unplayable: { title: t("This can’t be played") },
  missing: { title: t("This video is no longer available") },
  damaged: {
    title: t("The film is damaged here"),
    viewer: t("It goes on by itself behind the damaged part."),
  },
};

/** What those who may choose another video can do. */
const WAYS_OUT: Record<Lasting, string> = {
  unsupported: t("Try another browser or another file."),
  "embed-refused": t("Try another link, or upload the file."),
  unplayable: t("Choose another video."),
  missing: t("Choose another video."),
  damaged: t("It goes on by itself behind the damaged part. To mend it, upload the file again."),
};

interface UnplayableProps {
  kind: Lasting;
  /** The player's message. */
  message: string;
  onChoose: () => void;
}

export function Unplayable({ kind, message, onChoose }: UnplayableProps) {
  const { session } = useRoom();
  const { title, why = message, viewer = t("The host can choose another video.") } = FAILURES[kind];
  return (
    <Cover>
      <p class={css.title}>{title}</p>
      <p>
        {why} {session.canControl.value ? WAYS_OUT[kind] : viewer}
      </p>
      {session.canControl.value && <Button onClick={onChoose}>{t("Choose another video")}</Button>}
    </Cover>
  );
}
