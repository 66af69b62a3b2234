// Sends one REST call. The browser adds the session cookie. Every failure is thrown as an ApiError.

import { ApiError, asking, readReply } from "./errors";

export const BASE = "/api/v1";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Returns the CSRF token, which Django expects in a header of every unsafe request. */
export function csrfToken(): string | null {
  const cookies = new URLSearchParams(document.cookie.replaceAll("; ", "&"));
  // Over https it has a prefix that prevents other hosts from setting it.
  return cookies.get("__Host-csrftoken") ?? cookies.get("csrftoken");
}

function headersOf(method: Method, isJson: boolean): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (isJson) headers["Content-Type"] = "application/json";
  const token = method === "GET" ? null : csrfToken();
  if (token !== null) headers["X-CSRFToken"] = token;
  return headers;
}

/** Sends a form or JSON; returns the response's JSON, or undefined for 204. Throws ApiError. */
export async function request<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const isForm = body instanceof FormData;
  let response: Response;
  let text: string;
  const onSignedOut = asking();
  try {
    response = await fetch(`${BASE}${path}`, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: headersOf(method, body !== undefined && !isForm),
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      signal: signal ?? null,
    });
    text = await response.text();
  } catch {
    throw signal?.aborted ? ApiError.cancelled() : ApiError.offline();
  }
  return readReply<T>(response.status, text, response.headers.get("Retry-After"), onSignedOut);
}

export const get = <T>(path: string): Promise<T> => request<T>("GET", path);
export const post = <T>(path: string, body?: unknown): Promise<T> => request<T>("POST", path, body);
