import { Settings } from "lucide-preact";
import { figure } from "../../language/language";
import { t } from "../../language/t";
import { lazy } from "../../ui/lazy";
import { Popover } from "../../ui/Popover";
import { useRoom } from "./context";
import type { PlayerPanelProps } from "./PlayerPanel";
import { hasSettings } from "./playerSettings";

const PlayerPanel = lazy(async () => (await import("./PlayerPanel")).PlayerPanel);

/** The button for the player's settings; the panel's code is loaded when it opens. */
export function PlayerMenu(props: Omit<PlayerPanelProps, "close">) {
  const { session } = useRoom();
  if (!hasSettings(session, props.screen, props.subtitles)) return null;
  const rate = session.state.value?.rate ?? 1;
  const speed = rate === 1 ? "" : `${figure(rate)}×`;
  return (
    <Popover
      icon={Settings}
      label={speed ? t("Settings, speed {{speed}}", { speed }) : t("Settings")}
      badge={speed}
    >
      {(close) => <PlayerPanel {...props} close={close} />}
    </Popover>
  );
}
