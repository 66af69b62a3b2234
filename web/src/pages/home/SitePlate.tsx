import { Play } from "lucide-preact";
import type { RoomOut } from "../../rest.gen";
import { nameHue } from "../nameHue";
import { siteName } from "../source";
import css from "./SitePlate.module.css";

/**
 * What stands for the picture of a film that is known by its link: its site, on a colour of its
 * own. The site's picture would tell the site who looks at a list of rooms. Only decoration.
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
