// Who the visitor is, and the ways to sign in.

import { computed, effect, signal } from "@preact/signals";
import { t } from "../language/t";
import { ApiError, api } from "../net/api";
import { whenNobody } from "../net/errors";
import type { RegisterIn, UserOut } from "../rest.gen";
import { notify } from "../ui/notices";

/** Says who is signed in here, or that a member was until the server did not know them any more. */
const KNOWN_KEY = "streamit-known";
const GUEST = "guest";
const MEMBER = "member";
const FORMER = "former member";

/** Undefined until the server has answered; null when nobody is signed in. */
export const me = signal<UserOut | null | undefined>(undefined);

/** Whether someone is signed in. Before the server has answered: whether someone was. */
export const isKnown = computed(() =>
  me.value === undefined
    ? [GUEST, MEMBER].includes(localStorage.getItem(KNOWN_KEY) ?? "")
    : me.value !== null,
);

/** Whether a member was signed in here until the server did not know them any more. */
export const wasMember = signal(localStorage.getItem(KNOWN_KEY) === FORMER);

effect(() => {
  if (me.value === undefined) return;
  if (me.value) {
    wasMember.value = false;
    localStorage.setItem(KNOWN_KEY, me.value.is_guest ? GUEST : MEMBER);
  } else localStorage.setItem(KNOWN_KEY, wasMember.value ? FORMER : "");
});

whenNobody(() => {
  if (!isKnown.peek()) return;
  const user = me.peek();
  wasMember.value = user ? !user.is_guest : localStorage.getItem(KNOWN_KEY) === MEMBER;
  me.value = null;
  notify(t("You were signed out on this device."));
});

export async function loadMe(): Promise<void> {
  try {
    me.value = await api.me();
  } catch {
    me.value = null;
  }
}

export async function continueAsGuest(name: string): Promise<void> {
  me.value = (await api.continueAsGuest(name)).user;
}

export async function login(email: string, password: string): Promise<void> {
  me.value = (await api.login(email, password)).user;
}

export async function register(facts: RegisterIn): Promise<void> {
  me.value = (await api.register(facts)).user;
}

export async function logout(): Promise<void> {
  await api.logout();
  me.value = null;
}

/** Set while something waits for the visitor to choose a name. NameDialog shows then. */
export const naming = signal<{ done: (chosen: boolean) => void } | null>(null);

function askForName(): Promise<boolean> {
  return new Promise((resolve) => {
    naming.value = {
      done: (chosen) => {
        naming.value = null;
        resolve(chosen);
      },
    };
  });
}

/**
 * Does an action that needs a name, and asks for the name first when there is none.
 *
 * Resolves with null when the visitor gives no name. Throws what `action` throws.
 */
export async function withAccount<T>(action: () => Promise<T>): Promise<T | null> {
  if (me.value === undefined) await loadMe();
  if (!me.value && !(await askForName())) return null;
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    // The session has ended since the page was loaded.
    return (await askForName()) ? action() : null;
  }
}
