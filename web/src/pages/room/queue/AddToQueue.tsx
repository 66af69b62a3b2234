import { useSignal } from "@preact/signals";
import { LibraryBig, ListPlus } from "lucide-preact";
import { t } from "../../../language/t";
import { ApiError, api } from "../../../net/api";
import type { GivenSource } from "../../../protocol.gen";
import type { QueueItemIn } from "../../../rest.gen";
import { Button } from "../../../ui/Button";
import { IconButton } from "../../../ui/IconButton";
import { lazy } from "../../../ui/lazy";
import { notify } from "../../../ui/notices";
import { TextField } from "../../../ui/TextField";
import { isKnown } from "../../account";
import { failureText } from "../../failure";
import { librarySource } from "../../source";
import { useRoom } from "../context";
import css from "./AddToQueue.module.css";
import { linksIn } from "./linksIn";
import { nextEpisode } from "./nextEpisode";

const Picker = lazy(async () => (await import("../../library/Picker")).Picker);

/** Adds links, videos from the library, and the next episode of the current video. */
export function AddToQueue() {
  const { code } = useRoom();
  const text = useSignal("");
  const error = useSignal("");
  const busy = useSignal(false);
  const picking = useSignal(false);
  const add = async (wanted: QueueItemIn[]): Promise<void> => {
    if (busy.value || wanted.length === 0) return;
    busy.value = true;
    error.value = "";
    const failures = await addAll(code, wanted);
    busy.value = false;
    const added = wanted.length - failures.length;
    if (added > 0) notify(t("{{count}} added to the queue.", { count: added }));
    // Put what could not be added back into the field to be corrected, before newer text.
    const links = failures.map(({ item }) => item.url ?? "");
    text.value = [...links, text.value].filter(Boolean).join(" ");
    error.value = [...new Set(failures.map(({ why }) => why))].join(" ");
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    const wanted = linksIn(text.value).map((url) => ({ url }));
    if (wanted.length === 0) {
      error.value = t("Paste a link first.");
      return;
    }
    text.value = "";
    void add(wanted);
  };
  return (
    <div class={css.adding}>
      <form class={css.form} onSubmit={submit}>
        <div class={css.grow}>
          <TextField
            label={t("Links to add")}
            hideLabel
            placeholder={t("Paste links")}
            value={text.value}
            error={error.value}
            inputMode="url"
            enterkeyhint="go"
            onPaste={(event: ClipboardEvent) => {
              // A single-line field would join the lines.
              const links = linksIn(event.clipboardData?.getData("text") ?? "");
              if (links.length < 2) return;
              event.preventDefault();
              text.value = links.join(" ");
            }}
            onText={(value) => {
              text.value = value;
              error.value = "";
            }}
          />
        </div>
        <IconButton icon={ListPlus} label={t("Add")} type="submit" aria-busy={busy.value} />
        {isKnown.value && (
          <IconButton
            icon={LibraryBig}
            label={t("From your library")}
            onClick={() => {
              picking.value = true;
            }}
          />
        )}
      </form>
      <NextEpisode onAdd={(source) => void add([{ source }])} />
      {picking.value && (
        <Picker
          onPick={({ id }) => {
            picking.value = false;
            void add([{ source: librarySource(id) }]);
          }}
          onClose={() => {
            picking.value = false;
          }}
        />
      )}
    </div>
  );
}

function NextEpisode({ onAdd }: { onAdd: (source: GivenSource) => void }) {
  const { session } = useRoom();
  const waiting = session.queue.value?.items.map(({ source }) => source) ?? [];
  const source = nextEpisode([session.state.value?.source ?? null, ...waiting]);
  if (source === null) return null;
  return (
    <Button kind="quiet" onClick={() => onAdd(source)}>
      <ListPlus size={18} aria-hidden="true" />
      {t("Add season {{season}}, episode {{episode}}", {
        season: source.season,
        episode: source.episode,
      })}
    </Button>
  );
}

/** Adds one after another to keep the order; returns those that were refused, and why. */
async function addAll(
  code: string,
  items: readonly QueueItemIn[],
): Promise<{ item: QueueItemIn; why: string }[]> {
  const failures = [];
  for (const item of items) {
    try {
      await api.addToQueue(code, item);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failures.push({ item, why: failureText(error) });
    }
  }
  return failures;
}
