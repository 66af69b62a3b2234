// Why a video does not play until somebody chooses another, or its site answers.

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
    <Cover>
      <p class={css.title}>
        {site} {t("can’t be reached from this network")}
      </p>
      <p>{t("It may be blocked here, or down. The video starts by itself when it answers.")}</p>
      {session.canControl.value && <Button onClick={onChoose}>{t("Choose another video")}</Button>}
    </Cover>
  );
}

const FAILURES: Record<Lasting, { title: string; text: string }> = {
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

interface UnplayableProps {
  kind: Lasting;
  /** What the player says. */
  message: string;
  onChoose: () => void;
}

export function Unplayable({ kind, message, onChoose }: UnplayableProps) {
  const { session } = useRoom();
  const { title, text } = FAILURES[kind];
  return (
    <Cover>
      <p class={css.title}>{title}</p>
      <p>{kind === "unplayable" ? message : text}</p>
      {session.canControl.value && <Button onClick={onChoose}>{t("Choose another video")}</Button>}
    </Cover>
  );
}
