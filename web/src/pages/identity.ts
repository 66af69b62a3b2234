// Who the visitor is: what the server said last, and until then what this browser remembers.

import { computed, effect, signal } from "@preact/signals";
import { ApiError } from "../net/errors";
import { backoffMs } from "../net/reconnect";
import type { Cancel, Timers } from "../net/timers";
import type { UserOut } from "../rest.gen";

/** Who is signed in; "former member" if the server no longer knows the member's session. */
type Kept = "guest" | "member" | "former member" | "";

type Visitor =
  | { kind: "unknown"; was: Kept }
  | { kind: "nobody"; wasMember: boolean }
  | { kind: "known"; user: UserOut };

const KEPT_KEY = "streamit-known";
/** After this many failures in a row, the failure is shown. */
const FAILURES_IN_SILENCE = 2;

export interface IdentityOptions {
  ask: () => Promise<UserOut>;
  kept: Pick<Storage, "getItem" | "setItem">;
  timers: Timers;
  random: () => number;
}

export class Identity {
  readonly #options: IdentityOptions;
  readonly #visitor;
  readonly #failure = signal<ApiError | null>(null);
  #failures = 0;
  #cancelRetry: Cancel = () => {};

  constructor(options: IdentityOptions) {
    this.#options = options;
    this.#visitor = signal<Visitor>({
      kind: "unknown",
      was: (options.kept.getItem(KEPT_KEY) ?? "") as Kept,
    });
    effect(() => options.kept.setItem(KEPT_KEY, keptOf(this.#visitor.value)));
  }

  /** Undefined until the server has answered; null if nobody is signed in. */
  readonly me = computed(() => {
    const visitor = this.#visitor.value;
    if (visitor.kind === "known") return visitor.user;
    return visitor.kind === "nobody" ? null : undefined;
  });

  /** Whether someone is signed in. Before the server has answered: whether someone was. */
  readonly isKnown = computed(() => ["guest", "member"].includes(keptOf(this.#visitor.value)));

  /** Whether a member was signed in whose session the server no longer knows. */
  readonly wasMember = computed(() => keptOf(this.#visitor.value) === "former member");

  /** Why it is still unknown who the visitor is, if that takes long. */
  readonly failure = computed(() => (this.me.value === undefined ? this.#failure.value : null));

  /** The visitor has signed in as `user`, or has signed out. */
  is(user: UserOut | null): void {
    this.#visitor.value = user ? { kind: "known", user } : { kind: "nobody", wasMember: false };
  }

  /** The server does not know the visitor (any more). */
  lost(): void {
    const was = keptOf(this.#visitor.peek());
    const wasMember = was === "member" || was === "former member";
    this.#visitor.value = { kind: "nobody", wasMember };
  }

  /** Asks the server once. Throws ApiError if it cannot say who the visitor is. */
  async load(): Promise<void> {
    const before = this.#visitor.peek();
    const user = await this.#options.ask().catch((error) => {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    });
    // Ignore an answer from before a sign-in.
    if (this.#visitor.peek() !== before) return;
    if (user) this.is(user);
    else this.lost();
  }

  /** Asks the server until it has said who the visitor is. */
  find(): void {
    this.#cancelRetry();
    if (this.me.peek() !== undefined) return;
    this.load().catch((error) => {
      if (!(error instanceof ApiError)) throw error;
      const { timers, random } = this.#options;
      const delayMs = backoffMs(this.#failures++, random());
      if (this.#failures > FAILURES_IN_SILENCE) this.#failure.value = error;
      this.#cancelRetry = timers.after(Math.max(delayMs, (error.retryAfterS ?? 0) * 1000), () =>
        this.find(),
      );
    });
  }
}

function keptOf(visitor: Visitor): Kept {
  switch (visitor.kind) {
    case "unknown":
      return visitor.was;
    case "nobody":
      return visitor.wasMember ? "former member" : "";
    case "known":
      return visitor.user.is_guest ? "guest" : "member";
  }
}
