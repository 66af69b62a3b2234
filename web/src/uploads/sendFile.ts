import { ApiError } from "../net/errors";
import { siteData } from "../siteData";
import { TusTransfer } from "./tus";
import { Unfinished, windowName } from "./unfinished";

export interface SendOptions {
  owner: string;
  title: string;
  onProgress: (sentBytes: number) => void;
  /** Aborting cancels the upload, and the promise rejects with code "cancelled". */
  signal: AbortSignal;
}

/** Uploads one file. Resolves with the id of its video. Throws ApiError. */
export function sendFile(file: File, options: SendOptions): Promise<string> {
  const { owner, title, onProgress, signal } = options;
  return new Promise((resolve, reject) => {
    const job = { kind: "file" as const, name: title, file, storage: null };
    const sink = {
      progress: onProgress,
      stall() {},
      finish: (id: string | null) =>
        id === null ? reject(ApiError.of(502, "", null)) : resolve(id),
      fail: reject,
    };
    const unfinished = new Unfinished(siteData, owner, windowName());
    const transfer = new TusTransfer(job, sink, unfinished, owner);
    signal.addEventListener("abort", () => {
      transfer.cancel();
      reject(ApiError.cancelled());
    });
  });
}
