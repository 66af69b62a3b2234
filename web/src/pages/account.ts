// Who the visitor is, and how they sign in.

import { signal } from "@preact/signals";
import { t } from "../language/t";
import { ApiError, api } from "../net/api";
import { whenNobody } from "../net/errors";
import { browserTimers } from "../net/timers";
import type { RegisterIn } from "../rest.gen";
import { siteData } from "../siteData";
import { notify } from "../ui/notices";
import { Identity } from "./identity";
import { forgetStoredBy } from "./leftHere";

/** Who the visitor is, according to the server. */
export const identity = new Identity({
  ask: api.me,
  kept: siteData,
  timers: browserTimers,
  random: Math.random,
});

export const { me, isKnown, wasMember } = identity;

whenNobody(() => {
  const asked = me.peek();
  return () => {
    // Ignore the response if someone has signed in since the request was sent.
    if (me.peek() !== asked) return;
    if (isKnown.peek()) notify(t("You were signed out on this device."));
    identity.lost();
  };
});

export async function continueAsGuest(name: string): Promise<void> {
  try {
    identity.is((await api.continueAsGuest(name)).user);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "member_signed_in")) throw error;
    // They have signed in in another tab meanwhile.
    await identity.load();
  }
}

export async function login(email: string, password: string): Promise<void> {
  identity.is((await api.login(email, password)).user);
}

export async function register(facts: RegisterIn): Promise<void> {
  identity.is((await api.register(facts)).user);
}

export async function logout(): Promise<void> {
  await api.logout();
  clearVisitor();
}

/**
 * Call it after signing out or deleting the account: removes the person's traces from the browser.
 */
export function clearVisitor(): void {
  const person = me.peek();
  if (person) forgetStoredBy(person.id);
  identity.is(null);
}

/** Set while an action waits for the visitor to choose a name in NameDialog. */
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
 * Does an action that needs a name, and asks for one first if there is none.
 *
 * Resolves with null if the visitor gives no name. Throws what `action` throws, and ApiError if the
 * server cannot say who the visitor is.
 */
export async function withAccount<T>(action: () => Promise<T>): Promise<T | null> {
  if (me.value === undefined) await identity.load();
  if (!me.value && !(await askForName())) return null;
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    // The session has ended since the page was loaded.
    return (await askForName()) ? action() : null;
  }
}
