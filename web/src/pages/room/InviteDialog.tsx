import { useSignal } from "@preact/signals";
import { Share2 } from "lucide-preact";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { inviteLink } from "../../router";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import formCss from "../Form.module.css";
import { useRoom } from "./context";
import css from "./InviteDialog.module.css";

const WHO = {
  open: "Everyone with the link may enter.",
  password: "Whoever opens it is asked for the room’s password.",
  approval: "Whoever opens it waits until the host lets them in.",
};

/** The link to send to friends, in three ways. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { code, session } = useRoom();
  const link = inviteLink(code);
  const room = session.room.value;
  const share = () => {
    // Closing the sheet of the system rejects it: nothing is wrong then.
    navigator.share({ title: room?.name ?? "StreamIt", url: link }).catch(() => {});
  };
  return (
    <Dialog title="Invite" onClose={onClose}>
      <TextField
        label="Link to this room"
        value={link}
        readOnly
        hint={room ? WHO[room.entry] : undefined}
        onFocus={(event) => event.currentTarget.select()}
        onText={() => {}}
      />
      <div class={css.ways}>
        <CopyButton kind="primary" text={link} label="Copy the link" />
        {"share" in navigator && (
          <Button onClick={share}>
            <Share2 size={18} aria-hidden="true" />
            Share…
          </Button>
        )}
      </div>
      <div class={css.code}>
        <div class={css.square}>
          <LinkCode link={link} />
        </div>
        <p class={formCss.muted}>
          Or let a phone scan it. The room’s code is <strong>{code}</strong>.
        </p>
      </div>
    </Dialog>
  );
}

/** Its code is half as much as the whole room page, and loaded only here. */
function LinkCode({ link }: { link: string }) {
  const loaded = useSignal<FunctionComponent<{ text: string; label: string }> | null>(null);
  useEffect(() => {
    import("../../ui/QrCode").then(
      ({ QrCode }) => {
        loaded.value = QrCode;
      },
      // Without it the link is still there to be copied.
      () => {},
    );
  }, [loaded]);
  const Code = loaded.value;
  return Code && <Code text={link} label="QR code of the link" />;
}
