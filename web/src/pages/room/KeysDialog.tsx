import { t } from "../../language/t";
import { Dialog } from "../../ui/Dialog";
import css from "./KeysDialog.module.css";
import { SHORTCUTS } from "./useShortcuts";

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
