import { Play } from "lucide-preact";
import { BASE } from "../../../net/request";
import type { QueueItem } from "../../../protocol.gen";
import { Poster } from "../../library/Poster";
import { nameHue } from "../../nameHue";
import { useRoom } from "../context";
import css from "./ItemPicture.module.css";

/**
 * A small picture of a film from a library. Films of other sites get an icon, because loading the
 * site's picture would tell it who looks at the queue. Only decoration.
 */
export function ItemPicture({ item: { id, source } }: { item: QueueItem }) {
  const { code } = useRoom();
  if (source.provider === "library")
    return (
      <div class={css.picture}>
        <Poster src={`${BASE}/rooms/${encodeURIComponent(code)}/queue/${id}/picture`} />
      </div>
    );
  const hue = nameHue(`${source.provider} ${source.external_id}`);
  return (
    <div class={`${css.picture} ${css.site}`} style={{ "--hue": hue }}>
      <Play size={18} aria-hidden="true" />
    </div>
  );
}
