import { t } from "../language/t";
import { Dialog } from "../ui/Dialog";
import { naming } from "./account";
import { NameForm, whoAreYou } from "./NameForm";

/** Asks for a name when an action needs one. The action then continues. */
export function NameDialog() {
  const asked = naming.value;
  if (!asked) return null;
  const leave = () => asked.done(false);
  return (
    <Dialog title={whoAreYou()} onClose={leave}>
      <NameForm action={t("Continue")} onDone={() => asked.done(true)} onLeave={leave} />
    </Dialog>
  );
}
