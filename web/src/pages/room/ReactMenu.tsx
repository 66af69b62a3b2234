import { SmilePlus } from "lucide-preact";
import { t } from "../../language/t";
import { lazy } from "../../ui/lazy";
import { Popover } from "../../ui/Popover";
import { useRoom } from "./context";

const ReactPanel = lazy(async () => (await import("./ReactPanel")).ReactPanel);

/** The button for reactions in the bar. */
export function ReactMenu() {
  const { session } = useRoom();
  if (session.you.value?.muted) return null;
  return (
    <Popover icon={SmilePlus} label={t("React")}>
      {() => <ReactPanel />}
    </Popover>
  );
}
