import { useSignal } from "@preact/signals";
import { InviteDialog } from "./InviteDialog";
import { KeysDialog } from "./KeysDialog";
import { type RoomDialog, RoomHeader } from "./RoomHeader";
import css from "./RoomLayout.module.css";
import { SettingsDialog } from "./SettingsDialog";
import { Side } from "./Side";
import { SourceDialog } from "./SourceDialog";
import { Stage } from "./Stage";
import { SyncDialog } from "./SyncDialog";

/** The layout of a room: the video, and the people beside it or below it. */
export function RoomLayout() {
  const open = useSignal<RoomDialog | null>(null);
  const show = (dialog: RoomDialog) => {
    open.value = dialog;
  };
  const close = () => {
    open.value = null;
  };
  return (
    <div class={css.layout}>
      <RoomHeader onOpen={show} />
      <main id="main" class={css.main}>
        <Stage onChoose={() => show("source")} onKeys={() => show("keys")} />
      </main>
      <Side />
      {open.value === "invite" && <InviteDialog onClose={close} />}
      {open.value === "source" && <SourceDialog onClose={close} />}
      {open.value === "settings" && <SettingsDialog onClose={close} />}
      {open.value === "sync" && <SyncDialog onClose={close} />}
      {open.value === "keys" && <KeysDialog onClose={close} />}
    </div>
  );
}
