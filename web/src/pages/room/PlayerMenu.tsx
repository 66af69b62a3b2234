import { Ellipsis, Settings } from "lucide-preact";
import { figure } from "../../language/language";
import { t } from "../../language/t";
import { lazy } from "../../ui/lazy";
import { Popover } from "../../ui/Popover";
import { useRoom } from "./context";
import type { PlayerPanelProps } from "./PlayerPanel";
import { hasSettings } from "./playerSettings";

const PlayerPanel = lazy(async () => (await import("./PlayerPanel")).PlayerPanel);

interface Props extends Omit<PlayerPanelProps, "close"> {
  /** The menu also has the buttons for which the bar has no space. */
  narrow: boolean;
}

/** The button for the player's settings; the panel's code is loaded when it opens. */
export function PlayerMenu({ narrow, ...props }: Props) {
  const { session } = useRoom();
  const hasButtons = props.hasNext || props.hasMute;
  if (!hasButtons && !hasSettings(session, props.screen, props.subtitles)) return null;
  const label = narrow ? t("More controls") : t("Settings");
  const rate = session.state.value?.rate ?? 1;
  const speed = rate === 1 ? "" : `${figure(rate)}×`;
  return (
    <Popover
      icon={narrow ? Ellipsis : Settings}
      label={speed ? t("{{label}}, speed {{speed}}", { label, speed }) : label}
      badge={speed}
    >
      {(close) => <PlayerPanel {...props} close={close} />}
    </Popover>
  );
}
