import { Dialog } from "../ui/Dialog";
import { naming } from "./account";
import css from "./Form.module.css";
import { NameForm } from "./NameForm";

/** Asks for a name when an action needs one. The action then continues. */
export function NameDialog() {
  const asked = naming.value;
  if (!asked) return null;
  const next = encodeURIComponent(location.pathname);
  return (
    <Dialog title="What should we call you?" onClose={() => asked.done(false)}>
      <NameForm action="Continue" onDone={() => asked.done(true)} />
      <p class={css.muted}>
        Have an account?{" "}
        <a href={`/sign-in?next=${next}`} onClick={() => asked.done(false)}>
          Sign in
        </a>
      </p>
    </Dialog>
  );
}
