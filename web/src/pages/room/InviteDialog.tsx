import { useSignal } from "@preact/signals";
import { Share2 } from "lucide-preact";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { inviteLink } from "../../router";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { longDateTime } from "../../ui/time";
import formCss from "../Form.module.css";
import { isLocal } from "../localAddress";
import { calendarOf } from "./calendar";
import { useRoom } from "./context";
import css from "./InviteDialog.module.css";

const WHO = {
  open: t("Anyone with the link can join."),
  password: t("Anyone who opens it has to enter the room’s password."),
  approval: t("Anyone who opens it waits until the host lets them in."),
};

/** The invite link: to copy, to share, and as a QR code if a phone can open it. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { code, session } = useRoom();
  const link = inviteLink(code);
  const room = session.room.value;
  const share = () => {
    // share() rejects if the visitor closes the share sheet. That is not an error.
    navigator.share({ title: room?.name ?? "StreamIt", url: link }).catch(() => {});
  };
  return (
    <Dialog title={t("Invite")} onClose={onClose}>
      <TextField
        label={t("Link to this room")}
        value={link}
        readOnly
        hint={room ? WHO[room.entry] : undefined}
        onFocus={(event) => event.currentTarget.select()}
        onText={() => {}}
      />
      <div class={css.ways}>
        <CopyButton kind="primary" text={link} label={t("Copy link")} />
        {"share" in navigator && (
          <Button onClick={share}>
            <Share2 size={18} aria-hidden="true" />
            {t("Share…")}
          </Button>
        )}
      </div>
      {isLocal && (
        <p class={formCss.muted}>
          {t("This link only works on this computer. To let others in, start the server with")}{" "}
          <code>./streamit up --host 0.0.0.0</code>{" "}
          {t("and open it with this computer’s address in your network.")}
        </p>
      )}
      {room?.starts_at && !session.playing.value && room.starts_at > session.roomNow() && (
        <p>
          {t("Starts")} {longDateTime(new Date(room.starts_at).toISOString())}.{" "}
          <a href={calendarOf(code)} class="large-target" download>
            {t("Add to calendar")}
          </a>
        </p>
      )}
      <div class={css.code}>
        {!isLocal && (
          <div class={css.square}>
            <LinkCode link={link} />
          </div>
        )}
        <p class={formCss.muted}>
          {isLocal ? t("The room’s code is") : t("Or let a phone scan it. The room’s code is")}{" "}
          <strong>{code}</strong>.
        </p>
      </div>
    </Dialog>
  );
}

/** Loaded on demand, because its code is half as large as the whole room page. */
function LinkCode({ link }: { link: string }) {
  const loaded = useSignal<FunctionComponent<{ text: string; label: string }> | null>(null);
  useEffect(() => {
    import("../../ui/QrCode").then(
      ({ QrCode }) => {
        loaded.value = QrCode;
      },
      // Without the QR code the link can still be copied.
      () => {},
    );
  }, [loaded]);
  const Code = loaded.value;
  return Code && <Code text={link} label={t("QR code of the link")} />;
}
