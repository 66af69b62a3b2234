import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../language/t";
import { Button } from "./Button";
import css from "./lazy.module.css";
import { notify, withdraw } from "./notices";
import { Spinner } from "./Spinner";

interface Loading<Props> {
  part: FunctionComponent<Props> | null;
  failed: boolean;
}

/** The parts that could not be loaded. A notice tells of them until all have come. */
const missing = new Set<unknown>();

/**
 * A component whose code is loaded when it is first shown. `Waiting` is shown until then, and
 * `Missing` if it cannot be loaded: offline, or after an update of the server. It is tried again when
 * the network is back, and when the component is shown anew.
 */
export function lazy<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
  Waiting: FunctionComponent = Coming,
  Missing: FunctionComponent<Props> = MissingPage,
): FunctionComponent<Props> {
  const loading = signal<Loading<Props>>({ part: null, failed: false });
  let isAsked = false;
  const ask = async () => {
    if (isAsked || loading.peek().part) return;
    isAsked = true;
    loading.value = { part: null, failed: false };
    try {
      await loadStylesAgain();
      const part = await load();
      loading.value = { part, failed: false };
      if (missing.delete(load) && missing.size === 0) withdraw(WHY_MISSING);
    } catch {
      loading.value = { part: null, failed: true };
      missing.add(load);
      addEventListener("online", ask, { once: true });
    }
    isAsked = false;
  };
  return function Later(props: Props) {
    // Whenever it is put on the page, because the server may answer again.
    useState(ask);
    const { part: Part, failed } = loading.value;
    if (Part) return <Part {...props} />;
    return failed ? <Missing {...props} /> : <Waiting />;
  };
}

/** The style sheets that could not be loaded. Vite, which loads those of a part, does so only once. */
let failedStyles: HTMLLinkElement[] = [];

addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") failedStyles.push(target);
  },
  true,
);

function loadStylesAgain(): Promise<unknown> {
  const failed = failedStyles;
  failedStyles = [];
  return Promise.all(
    failed.map(
      (link) =>
        new Promise((done, fail) => {
          const again = link.cloneNode() as HTMLLinkElement;
          again.onload = done;
          again.onerror = fail;
          link.replaceWith(again);
        }),
    ),
  );
}

/**
 * A component over the page, such as a dialog or a banner, without a placeholder. If it cannot be
 * loaded, a lasting notice says so, and a dialog counts as closed.
 */
export function lazyOver<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
  Missing: FunctionComponent<Props> = MissingOver,
): FunctionComponent<Props> {
  return lazy(load, () => null, Missing);
}

function Coming() {
  return (
    <div class={css.place} aria-busy="true">
      <Spinner size={28} />
      <span class="visually-hidden">{t("Loading")}</span>
    </div>
  );
}

const WHY_MISSING = t(
  "A part of the page could not be loaded. Check your connection, and reload the page.",
);

/** Some browsers remember that a module could not be loaded. There only a reload tries again. */
export function WayToReload() {
  return (
    <>
      <p role="alert">{WHY_MISSING}</p>
      <Button onClick={() => location.reload()}>{t("Reload")}</Button>
    </>
  );
}

function MissingPage() {
  return (
    <div class={css.place}>
      <WayToReload />
    </div>
  );
}

function MissingOver(props: object) {
  useEffect(() => {
    notify(WHY_MISSING, true);
    (props as { onClose?: () => void }).onClose?.();
  }, []);
  return null;
}
