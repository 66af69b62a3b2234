import { KeyRound, LogIn, LogOut, UserPlus } from "lucide-preact";
import { t } from "../language/t";
import { navigate, route, signInPath } from "../router";
import { Avatar } from "../ui/Avatar";
import { LinkButton } from "../ui/LinkButton";
import { Menu, type MenuItem } from "../ui/Menu";
import { notify } from "../ui/notices";
import { logout, me } from "./account";
import { Brand } from "./Brand";
import { failureText } from "./failure";
import css from "./Header.module.css";
import { rules } from "./rules";

/** The header of every page except a room: the link home and the visitor's menu. */
export function Header() {
  return (
    <header class={css.header}>
      <Brand />
      <div class={css.who}>
        {me.value && (
          <a
            href="/library"
            class={css.link}
            aria-current={route.value.page === "library" ? "page" : undefined}
          >
            {t("Library")}
          </a>
        )}
        <Who />
      </div>
    </header>
  );
}

function Who() {
  const user = me.value;
  // Show nothing until it is known, because a button that turns into a name would jump.
  if (user === undefined) return null;
  if (user === null)
    return route.value.page === "sign-in" ? null : (
      <LinkButton href={signInPath()} kind="quiet">
        {t("Sign in")}
      </LinkButton>
    );
  const items: MenuItem[] = [
    ...(user.is_guest ? guestItems() : []),
    { label: t("Account and API keys"), icon: KeyRound, onSelect: () => navigate("/account") },
    { label: t("Sign out"), icon: LogOut, onSelect: signOut },
  ];
  return (
    <Menu label={t("Your account")} named items={items} class={css.me}>
      <span class={css.name} dir="auto">
        {user.display_name}
        {user.is_guest && <span class="visually-hidden">{t(", guest")}</span>}
      </span>
      <Avatar name={user.display_name} id={user.id} />
    </Menu>
  );
}

function guestItems(): MenuItem[] {
  const signIn = { label: t("Sign in"), icon: LogIn, onSelect: () => navigate(signInPath()) };
  if (rules.value.signUp === "closed") return [signIn];
  const create = () => navigate(signInPath({ isNew: true }));
  return [{ label: t("Create an account"), icon: UserPlus, onSelect: create }, signIn];
}

async function signOut(): Promise<void> {
  try {
    await logout();
    notify(t("You are signed out."));
  } catch (error) {
    notify(failureText(error));
  }
}
