import { Play } from "lucide-preact";
import type { RoomOut } from "../../rest.gen";
import { nameHue } from "../nameHue";
import { siteName } from "../source";
import css from "./SitePlate.module.css";

/**
 * Replaces the picture of a film on another site: the site's name on its own colour. Loading the
 * site's picture would tell it who looks at the list of rooms. Only decoration.
 */
export function SitePlate({ source }: { source: NonNullable<RoomOut["source"]> }) {
  return (
    <div
      class={css.plate}
      style={{ "--hue": nameHue(`${source.provider} ${source.external_id}`) }}
      aria-hidden="true"
    >
      <Play size={28} />
      {siteName(source)}
    </div>
  );
}
