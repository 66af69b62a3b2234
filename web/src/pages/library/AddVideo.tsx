import { type Signal, useSignal } from "@preact/signals";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import { Button } from "../../ui/Button";
import { Choice } from "../../ui/Choice";
import { notify } from "../../ui/notices";
import formCss from "../Form.module.css";
import { failureText, fieldText } from "../failure";
import { LinkOrFiles } from "../LinkOrFiles";
import { mayUpload } from "../rules";
import { addFiles, copyLink } from "./addFiles";
import { StorageField } from "./StorageField";
import { videos } from "./videos";

interface Props {
  /** Files hover over the page. */
  hovering?: boolean;
  /** A video was added, or its upload has started. */
  onAdded: () => void;
}

type Keeping = "copy" | "link";

const KEEPING = [
  ["copy", t("Copy it into the library"), t("It stays, even if the link stops working.")],
  [
    "link",
    t("Keep only the link"),
    t("The video plays from its site, and ends when the link does."),
  ],
] as const;

/** Adds files or a link, as on the home page. For a link, asks whether to copy the video. */
export function AddVideo({ hovering = false, onAdded }: Props) {
  const link = useSignal("");
  const keeping = useSignal<Keeping>("copy");
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    const url = link.value.trim();
    if (!url) {
      error.value = mayUpload.value
        ? t("Paste a link to a video file, or choose files.")
        : t("Paste a link to a video file.");
    } else if (keeping.value === "copy" && mayUpload.value) {
      copyLink(url);
      onAdded();
    } else if (await keepLink(url, busy, error)) onAdded();
  };
  const hasLink = link.value.trim() !== "";
  const asks = hasLink && mayUpload.value;
  return (
    <form class={formCss.form} onSubmit={submit} noValidate>
      <LinkOrFiles
        label={t("Paste a link, or drop videos")}
        link={link.value}
        error={error.value}
        hovering={hovering}
        several
        onLink={(text) => {
          link.value = text;
          error.value = "";
        }}
        onFiles={(files) => {
          addFiles(files);
          onAdded();
        }}
      />
      {asks && (
        <Choice
          label={t("What to do with the link")}
          options={KEEPING}
          value={keeping.value}
          onChange={(value) => {
            keeping.value = value;
          }}
        />
      )}
      {mayUpload.value && !(hasLink && keeping.value === "link") && <StorageField />}
      {hasLink && (
        <div>
          <Button kind="primary" type="submit" busy={busy.value}>
            {t("Add it")}
          </Button>
        </div>
      )}
    </form>
  );
}

/** Adds a link without copying the video. Returns whether it worked, and sets `error` if not. */
async function keepLink(url: string, busy: Signal<boolean>, error: Signal<string>) {
  busy.value = true;
  try {
    const video = await library.addLink({ url, import: false });
    notify(t("“{{title}}” is in your library.", { title: video.title }));
    void videos.refresh();
    return true;
  } catch (failure) {
    const why = failure instanceof ApiError ? failure.fields.url : undefined;
    error.value = fieldText(t("The link"), why) ?? failureText(failure);
    return false;
  } finally {
    busy.value = false;
  }
}
