import { useSignal } from "@preact/signals";
import { lazyDialog } from "../../ui/lazy";
import { type RoomDialog, RoomHeader } from "./RoomHeader";
import css from "./RoomLayout.module.css";
import { Side } from "./Side";
import { Stage } from "./Stage";

// Dialogs are seldom opened, and the room is there sooner without them.
const InviteDialog = lazyDialog(async () => (await import("./InviteDialog")).InviteDialog);
const KeysDialog = lazyDialog(async () => (await import("./KeysDialog")).KeysDialog);
const SettingsDialog = lazyDialog(async () => (await import("./SettingsDialog")).SettingsDialog);
const SourceDialog = lazyDialog(async () => (await import("./SourceDialog")).SourceDialog);
const SyncDialog = lazyDialog(async () => (await import("./SyncDialog")).SyncDialog);

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
