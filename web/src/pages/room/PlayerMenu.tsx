import { Settings } from "lucide-preact";
import { t } from "../../language/t";
import { lazy } from "../../ui/lazy";
import { Popover } from "../../ui/Popover";
import type { PlayerPanelProps } from "./PlayerPanel";

const PlayerPanel = lazy(async () => (await import("./PlayerPanel")).PlayerPanel);

/** The button for all that is set about the player; the panel's code is loaded when it opens. */
export function PlayerMenu(props: Omit<PlayerPanelProps, "close">) {
  return (
    <Popover icon={Settings} label={t("Settings")}>
      {(close) => <PlayerPanel {...props} close={close} />}
    </Popover>
  );
}
