import { useEffect, useRef } from "preact/hooks";
import { t } from "../../language/t";
import type { VideoQuery } from "../../net/library";
import type { Sort, Status } from "../../rest.gen";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import css from "./FilterRow.module.css";
import { SORT, STATUS } from "./labels";

interface Props {
  query: VideoQuery;
  onChange: (query: VideoQuery) => void;
}

/** The search starts when the typing pauses for this long. */
const DEBOUNCE_MS = 300;
const QUERY_LENGTH = 500;

const STATES: readonly (readonly [Status | "", string])[] = [
  ["", t("All videos")],
  ...Object.entries(STATUS).map(([status, text]) => [status as Status, text] as const),
];
const ORDERS = Object.entries(SORT) as [Sort, string][];

/** Search, filter and sort order, in a row that stays visible while scrolling. */
export function FilterRow({ query, onChange }: Props) {
  const timer = useRef(0);
  const typed = useRef(query.q);
  const asked = useRef(query.q);
  // The query was changed elsewhere, by a link.
  if (query.q !== asked.current) typed.current = asked.current = query.q;
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (part: Partial<VideoQuery>) => {
    clearTimeout(timer.current);
    asked.current = typed.current.trim();
    onChange({ ...query, ...part, q: asked.current });
  };
  const search = (q: string) => {
    typed.current = q;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => ask({}), DEBOUNCE_MS);
  };
  return (
    <search class={css.row}>
      <TextField
        label={t("Search titles")}
        hideLabel
        placeholder={t("Search titles")}
        type="search"
        value={typed.current}
        maxLength={QUERY_LENGTH}
        onText={search}
      />
      <Select
        label={t("State")}
        hideLabel
        value={query.status}
        options={STATES}
        onChange={(status) => ask({ status })}
      />
      <Select
        label={t("Order")}
        hideLabel
        value={query.sort}
        options={ORDERS}
        onChange={(sort) => ask({ sort })}
      />
    </search>
  );
}
