import { t } from "../../language/t";
import { Dialog } from "../../ui/Dialog";
import css from "./KeysDialog.module.css";

/** The keys and what they do; useShortcuts implements them. */
const SHORTCUTS = [
  [t("Space or K"), t("Play or pause")],
  ["← →", t("Back or forward 10 seconds")],
  ["↑ ↓", t("Volume up or down")],
  ["M", t("Mute or unmute")],
  ["F", t("Fullscreen")],
  ["T", t("Theatre mode")],
  ["I", t("Picture in picture")],
  ["C", t("Subtitles on or off")],
  ["G H", t("Subtitles earlier or later by 0.1 seconds")],
  ["?", t("Show this list")],
] as const;

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t("Keyboard shortcuts")} onClose={onClose}>
      <dl class={css.list}>
        {SHORTCUTS.map(([keys, action]) => (
          <div key={keys} class={css.line}>
            <dt>{action}</dt>
            <dd>
              <kbd class={css.keys}>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
