import { type Signal, signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { t } from "../language/t";
import { Button } from "./Button";
import css from "./lazy.module.css";
import { Spinner } from "./Spinner";

interface Loading<Props> {
  part: FunctionComponent<Props> | null;
  failed: boolean;
}

/**
 * A component whose code is loaded when it is first shown. `Waiting` stands in its place until
 * then: of a dialog, which comes over the page, nothing does.
 */
export function lazy<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
  Waiting: FunctionComponent = Coming,
): FunctionComponent<Props> {
  const loading = signal<Loading<Props>>({ part: null, failed: false });
  let asked = false;
  return function Later(props: Props) {
    if (!asked) {
      asked = true;
      void fetchPart(load, loading);
    }
    const { part: Part, failed } = loading.value;
    if (Part) return <Part {...props} />;
    return failed ? <Missing /> : <Waiting />;
  };
}

/** A dialog whose code is loaded when it is first opened. */
export function lazyDialog<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
): FunctionComponent<Props> {
  return lazy(load, () => null);
}

async function fetchPart<Props>(
  load: () => Promise<FunctionComponent<Props>>,
  loading: Signal<Loading<Props>>,
): Promise<void> {
  try {
    const part = await load();
    loading.value = { part, failed: false };
  } catch {
    loading.value = { part: null, failed: true };
  }
}

function Coming() {
  return (
    <div class={css.place} aria-busy="true">
      <Spinner size={28} />
      <span class="visually-hidden">{t("Loading")}</span>
    </div>
  );
}

/** Browsers remember that a module could not be loaded. Only a reload tries again. */
function Missing() {
  return (
    <div class={css.place} role="alert">
      <p>{t("This page could not be loaded. Check your connection.")}</p>
      <Button onClick={() => location.reload()}>{t("Reload")}</Button>
    </div>
  );
}
