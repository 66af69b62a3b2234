// The search query in the address, so that links and the back button show the same videos.

import { ANY } from "../../library/search";
import type { VideoQuery } from "../../net/library";
import type { Sort, Status } from "../../rest.gen";
import { replaceQuery } from "../../router";
import { SORT, STATUS } from "./labels";

export function queryOf(search: string): VideoQuery {
  const parameters = new URLSearchParams(search);
  const status = parameters.get("status") ?? "";
  const sort = parameters.get("sort") ?? "";
  return {
    q: parameters.get("q") ?? "",
    status: Object.hasOwn(STATUS, status) ? (status as Status) : "",
    sort: Object.hasOwn(SORT, sort) ? (sort as Sort) : ANY.sort,
  };
}

/** True if the query filters nothing, whatever its sort order. */
export function isAny({ q, status }: VideoQuery): boolean {
  return q === "" && status === "";
}

export function isSame(one: VideoQuery, other: VideoQuery): boolean {
  return one.q === other.q && one.status === other.status && one.sort === other.sort;
}

/** Writes the query into the address of this page. */
export function writeQuery({ q, status, sort }: VideoQuery): void {
  const parameters = new URLSearchParams();
  if (q) parameters.set("q", q);
  if (status) parameters.set("status", status);
  if (sort !== ANY.sort) parameters.set("sort", sort);
  replaceQuery(parameters);
}
