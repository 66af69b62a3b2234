// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { ANY } from "../../library/search";
import { query } from "../../router";
import { isAny, isSame, queryOf, writeQuery } from "./query";

beforeEach(() => history.replaceState(null, "", "/library"));

test("search, filter and order are read back from the address", () => {
  const wanted = { q: "lake & sea", status: "failed", sort: "-duration_s" } as const;
  writeQuery(wanted);
  expect(queryOf(query.value)).toEqual(wanted);
});

test("the address stays plain without a search", () => {
  writeQuery({ ...ANY, sort: "title" });
  expect(query.value).toBe("?sort=title");
  writeQuery(ANY);
  expect(query.value).toBe("");
});

test("an unknown order or state in the address is ignored", () => {
  expect(queryOf("?sort=-id&status=lost")).toEqual(ANY);
  expect(queryOf("?sort=constructor&status=toString")).toEqual(ANY);
});

test("another order is another query, but filters nothing", () => {
  const sorted = { ...ANY, sort: "title" } as const;
  expect(isSame(sorted, ANY)).toBe(false);
  expect(isAny(sorted)).toBe(true);
});
