import { useSignal } from "@preact/signals";
import { classes } from "../../ui/classes";
import { lazyOver } from "../../ui/lazy";
import { RoomHeader } from "./RoomHeader";
import css from "./RoomLayout.module.css";
import type { RoomDialog } from "./RoomMenu";
import { Side } from "./Side";
import { Stage } from "./Stage";
import { useScreen } from "./screen";

// Dialogs are rarely opened, and the room loads faster without them.
const InviteDialog = lazyOver(async () => (await import("./InviteDialog")).InviteDialog);
const KeysDialog = lazyOver(async () => (await import("./KeysDialog")).KeysDialog);
const SettingsDialog = lazyOver(async () => (await import("./SettingsDialog")).SettingsDialog);
const SourceDialog = lazyOver(async () => (await import("./SourceDialog")).SourceDialog);
const SyncDialog = lazyOver(async () => (await import("./SyncDialog")).SyncDialog);

/** The layout of a room: the video, and the people next to it or below it. */
export function RoomLayout() {
  const screen = useScreen();
  const theatre = screen.theatre.value;
  const open = useSignal<RoomDialog | null>(null);
  const show = (dialog: RoomDialog) => {
    open.value = dialog;
  };
  const close = () => {
    open.value = null;
  };
  return (
    <div
      ref={screen.room}
      class={classes(
        css.layout,
        (theatre || screen.full.value) && css.filled,
        screen.beside.value && css.beside,
      )}
    >
      <RoomHeader onOpen={show} />
      <main id="main" class={css.main}>
        <Stage screen={screen} onChoose={() => show("source")} onKeys={() => show("keys")} />
      </main>
      <Side screen={screen} />
      {open.value === "invite" && <InviteDialog onClose={close} />}
      {open.value === "source" && <SourceDialog onClose={close} />}
      {open.value === "settings" && <SettingsDialog onClose={close} />}
      {open.value === "sync" && <SyncDialog onClose={close} />}
      {open.value === "keys" && <KeysDialog onClose={close} />}
    </div>
  );
}
