// What is searched for, in the address: a link or the way back shows the same videos.

import type { VideoQuery, VideoStatus } from "../../net/library";
import { replaceQuery } from "../../router";
import { STATUS } from "./words";

export function queryOf(search: string): VideoQuery {
  const parameters = new URLSearchParams(search);
  const status = parameters.get("status") ?? "";
  return {
    q: parameters.get("q") ?? "",
    status: status in STATUS ? (status as VideoStatus) : "",
  };
}

export function isAny({ q, status }: VideoQuery): boolean {
  return q === "" && status === "";
}

export function isSame(one: VideoQuery, other: VideoQuery): boolean {
  return one.q === other.q && one.status === other.status;
}

/** Puts the query into the address of this page. */
export function writeQuery({ q, status }: VideoQuery): void {
  const parameters = new URLSearchParams();
  if (q) parameters.set("q", q);
  if (status) parameters.set("status", status);
  replaceQuery(parameters);
}
