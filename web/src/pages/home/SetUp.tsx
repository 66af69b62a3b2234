import { Check } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { LinkButton } from "../../ui/LinkButton";
import { me } from "../account";
import { rules } from "../rules";
import css from "./SetUp.module.css";

/** The first steps on a server on which nobody has an account yet. */
export function SetUp() {
  if (rules.value.fresh === undefined) return null;
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);
  return (
    <section class={css.card} aria-labelledby="set-up">
      <h2 id="set-up">Set up your server</h2>
      <ol class={css.steps}>
        <Step title="Create your account" done={me.value?.is_guest === false}>
          <Account />
        </Step>
        <Step title="Let others on your network in" done={!isLocal}>
          {isLocal ? (
            <p>
              Only this computer reaches <code>{location.host}</code>. Started with{" "}
              <code>./streamit up --host 0.0.0.0</code>, the server answers at this computer’s
              address too.
            </p>
          ) : (
            <p>
              It answers at <code>{location.origin}</code>.
            </p>
          )}
        </Step>
        <Step title="Invite friends">
          <p>Make a room above, and send its link. They need no account.</p>
        </Step>
      </ol>
    </section>
  );
}

function Account() {
  if (me.value?.is_guest === false)
    return (
      <p>
        <code>./streamit admin staff {me.value.email}</code> lets you into{" "}
        <a href="/admin/">/admin/</a>, where you see everyone’s rooms and videos.
      </p>
    );
  if (rules.value.signUp !== "open")
    return (
      <p>
        <code>./streamit admin create</code> makes one, in the terminal.
      </p>
    );
  return (
    <>
      <p>It keeps your rooms and videos on every device.</p>
      <LinkButton href="/sign-in">Create an account</LinkButton>
    </>
  );
}

interface StepProps {
  title: string;
  done?: boolean;
  children: ComponentChildren;
}

function Step({ title, done = false, children }: StepProps) {
  return (
    <li class={css.step}>
      <span class={css.mark} aria-hidden="true">
        {done && <Check size={16} />}
      </span>
      <div class={css.text}>
        <h3>
          {title}
          {done && <span class="visually-hidden"> (done)</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}
