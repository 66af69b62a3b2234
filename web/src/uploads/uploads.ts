// The uploads of this browser window. They continue when the visitor opens another page.

import { effect } from "@preact/signals";
import { t } from "../language/t";
import { ApiError } from "../net/errors";
import { library } from "../net/library";
import { siteData } from "../siteData";
import { isUnfinished } from "./phases";
import { type Job, type Sink, type Transfer, UploadQueue } from "./queue";
import { titleOf } from "./titles";
import { sentBytesOf, TusTransfer, terminate } from "./tus";
import { fingerprintOf, Unfinished, windowName } from "./unfinished";

let owner = "";
let unfinished = new Unfinished(siteData, owner, windowName());
/** Rows of earlier visits, by the fingerprint of the file that each needs. */
const lostRows = new Map<string, number>();

export const uploads = new UploadQueue(send);

function send(job: Job, sink: Sink): Transfer {
  return job.kind === "file" ? new TusTransfer(job, sink, unfinished, owner) : copy(job, sink);
}

/** Lets the server copy from a link: one request that lasts as long as the copy. */
function copy(job: Extract<Job, { kind: "import" }>, sink: Sink): Transfer {
  const ending = new AbortController();
  const { url, storage } = job;
  library.addLink({ url, import: true, ...(storage ? { storage } : {}) }, ending.signal).then(
    ({ id }) => sink.finish(id),
    (error) => sink.fail(error instanceof ApiError ? error : ApiError.offline()),
  );
  const stop = () => ending.abort();
  return { pause: stop, cancel: stop };
}

/** Queues files. An upload of an earlier visit continues where it was. */
export function uploadFiles(files: readonly File[], storage: string | null): void {
  for (const file of files) {
    const job: Job = { kind: "file", name: titleOf(file), file, storage };
    const key = fingerprintOf(file, owner);
    const lost = lostRows.get(key);
    lostRows.delete(key);
    if (lost === undefined) uploads.add(job);
    else uploads.find(lost, job);
  }
}

/** Continues a lost upload if `file` is the right one. Returns whether it is. */
export function resumeWith(id: number, file: File): boolean {
  const lost = lostRows.get(fingerprintOf(file, owner)) === id;
  if (lost) uploadFiles([file], null);
  return lost;
}

export function importLink(url: string, storage: string | null): void {
  uploads.add({ kind: "import", name: url, url, storage });
}

/** Switches to the uploads of `person` and shows the unfinished ones of earlier visits. */
export async function showUnfinished(person: string): Promise<void> {
  if (person === owner) return;
  owner = person;
  unfinished = new Unfinished(siteData, person, windowName());
  for (const entry of unfinished.lost()) {
    const { fingerprint, uploadUrl, size, metadata } = entry;
    if (!uploadUrl) continue;
    const sentBytes = await sentBytesOf(uploadUrl).catch(() => 0);
    // Someone else has signed in meanwhile.
    if (person !== owner) return;
    if (sentBytes === null) {
      unfinished.forget(fingerprint);
      continue;
    }
    const row = uploads.addLost({
      name: metadata.title ?? metadata.filename ?? t("A video"),
      totalBytes: size ?? 0,
      sentBytes,
      forget: () => {
        lostRows.delete(fingerprint);
        unfinished.forget(fingerprint);
        void terminate(uploadUrl);
      },
    });
    lostRows.set(fingerprint, row);
  }
}

/** Call it when the person signs out, so that the next one sees nothing of their uploads. */
export function forgetPerson(): void {
  uploads.clear();
  lostRows.clear();
  owner = "";
}

/** Makes the browser ask before it leaves a page with a running upload. */
function stay(event: Event): void {
  event.preventDefault();
}

effect(() => {
  const leaving = uploads.rows.value.some(({ phase }) => isUnfinished(phase));
  (leaving ? addEventListener : removeEventListener)("beforeunload", stay);
});
addEventListener("online", () => uploads.online());
