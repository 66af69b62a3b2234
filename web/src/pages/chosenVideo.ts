// The chosen video: a link, a video of the library, or a file that is uploaded when needed.

import { type Signal, signal } from "@preact/signals";
import { t } from "../language/t";
import { ApiError } from "../net/api";
import type { GivenSource } from "../protocol.gen";
import type { SourceChoice, VideoOut } from "../rest.gen";
import { mayBeVideo, titleOf } from "../uploads/titles";
import { me } from "./account";
import { fieldText } from "./failure";
import { mayUpload, WHY_NO_UPLOADS } from "./rules";
import { librarySource } from "./source";

export interface Progress {
  sentBytes: number;
  totalBytes: number;
}

const ADVICE = t("Try another link, or upload the file.");

export class ChosenVideo {
  readonly link: Signal<string> = signal("");
  readonly file: Signal<File | null> = signal(null);
  /** A video from the library. */
  readonly picked: Signal<VideoOut | null> = signal(null);
  /** Set while the file is being uploaded. */
  readonly progress: Signal<Progress | null> = signal(null);
  /** What is wrong with the link or the file. */
  readonly error: Signal<string> = signal("");
  private abort: AbortController | null = null;
  /** The uploaded file, so that a form that is submitted twice uploads it once. */
  private sent: { file: File; source: GivenSource } | null = null;

  /** Takes a file instead of a link, or shows that it is not a video. */
  take(file: File): void {
    // The room will play the file that is being uploaded.
    if (this.progress.value) return;
    if (!mayUpload.value) {
      this.error.value = WHY_NO_UPLOADS;
      return;
    }
    const isVideo = mayBeVideo(file);
    this.error.value = isVideo ? "" : t("{{name}} is not a video.", { name: file.name });
    this.file.value = isVideo ? file : null;
  }

  /** Takes a video of the library. Null undoes it. */
  pick(video: VideoOut | null): void {
    if (this.progress.value) return;
    this.picked.value = video;
    this.error.value = "";
  }

  cancel(): void {
    this.abort?.abort();
  }

  /** A title: the video's, or the file's name without its extension. */
  get title(): string | null {
    const { picked, file } = this;
    return picked.value?.title ?? (file.value ? titleOf(file.value) : null);
  }

  /**
   * Uploads the file if there is one. Returns the source, or nothing if nothing was chosen.
   *
   * Throws ApiError, with code "cancelled" after `cancel()`.
   */
  async choice(): Promise<SourceChoice> {
    const picked = this.picked.value;
    if (picked) return { source: librarySource(picked.id) };
    const file = this.file.value;
    const url = this.link.value.trim();
    if (file && this.sent?.file !== file)
      this.sent = { file, source: librarySource(await this.upload(file)) };
    if (file && this.sent) return { source: this.sent.source };
    return url ? { url } : {};
  }

  /** Shows what is wrong with the link or the file; returns false if it is about neither. */
  blame(error: ApiError): boolean {
    const { file, title, url } = error.fields;
    if (!(file || title || url)) return false;
    // For a link the whole message is better, because it names the supported sites.
    const about = error.code === "unresolvable" ? `${error.message} ${ADVICE}` : error.message;
    this.error.value = fieldText(t("The file"), file ?? title) ?? about;
    return true;
  }

  private async upload(file: File): Promise<string> {
    this.abort = new AbortController();
    this.progress.value = { sentBytes: 0, totalBytes: file.size };
    addEventListener("beforeunload", stay);
    try {
      const { sendFile } = await import("../uploads/sendFile");
      return await sendFile(file, {
        owner: me.peek()?.id ?? "",
        title: titleOf(file),
        signal: this.abort.signal,
        onProgress: (sentBytes) => {
          this.progress.value = { sentBytes, totalBytes: file.size };
        },
      });
    } finally {
      removeEventListener("beforeunload", stay);
      this.progress.value = null;
      this.abort = null;
    }
  }
}

/** Makes the browser ask before it leaves a page with a running upload. */
function stay(event: Event): void {
  event.preventDefault();
}

export function isCancelled(error: unknown): boolean {
  return error instanceof ApiError && error.code === "cancelled";
}
