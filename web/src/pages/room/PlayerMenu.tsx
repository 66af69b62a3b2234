import { Settings } from "lucide-preact";
import { t } from "../../language/t";
import { lazy } from "../../ui/lazy";
import { Popover } from "../../ui/Popover";
import { useRoom } from "./context";
import type { PlayerPanelProps } from "./PlayerPanel";
import { hasSettings } from "./playerSettings";

const PlayerPanel = lazy(async () => (await import("./PlayerPanel")).PlayerPanel);

/** The button for all that can be set about the player; the panel's code is loaded when it opens. */
export function PlayerMenu(props: Omit<PlayerPanelProps, "close">) {
  const { session } = useRoom();
  if (!hasSettings(session, props.screen, props.subtitles)) return null;
  return (
    <Popover icon={Settings} label={t("Settings")}>
      {(close) => <PlayerPanel {...props} close={close} />}
    </Popover>
  );
}
