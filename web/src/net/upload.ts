// Upload of one file with progress. XMLHttpRequest, because fetch tells no upload progress.

import { ApiError, readReply } from "./errors";

export interface UploadOptions {
  onProgress?: (sentBytes: number, totalBytes: number) => void;
  /** Aborting it cancels the upload: the promise rejects with code "cancelled". */
  signal?: AbortSignal;
}

/** Sends `parts` as multipart form data to `url`; resolves with the reply. Throws ApiError. */
export function upload<T>(
  url: string,
  parts: Record<string, string | Blob>,
  csrf: string | null,
  { onProgress, signal }: UploadOptions,
): Promise<T> {
  const form = new FormData();
  for (const [name, part] of Object.entries(parts)) form.append(name, part);
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      reject(ApiError.cancelled());
      return;
    }
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    if (csrf !== null) request.setRequestHeader("X-CSRFToken", csrf);
    const cancel = () => request.abort();
    const finish = (settle: () => void) => () => {
      signal?.removeEventListener("abort", cancel);
      settle();
    };
    request.upload.onprogress = (event) => onProgress?.(event.loaded, event.total);
    request.onerror = finish(() => reject(ApiError.offline()));
    request.onabort = finish(() => reject(ApiError.cancelled()));
    request.onload = finish(() => {
      const retryAfter = request.getResponseHeader("Retry-After");
      try {
        resolve(readReply<T>(request.status, request.responseText, retryAfter));
      } catch (error) {
        reject(error);
      }
    });
    signal?.addEventListener("abort", cancel);
    request.send(form);
  });
}
