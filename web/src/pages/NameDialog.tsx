import { t } from "../language/t";
import { Dialog } from "../ui/Dialog";
import { naming } from "./account";
import { NameForm, whoAreYou } from "./NameForm";

/** Asks for a name when an action needs one. The action then continues. */
export function NameDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={whoAreYou()} onClose={onClose}>
      <NameForm action={t("Continue")} onDone={() => naming.value?.done(true)} onLeave={onClose} />
    </Dialog>
  );
}
