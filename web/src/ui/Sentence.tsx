import { splitByNames } from "./splitByNames";

interface Props {
  text: string;
  /** Names in it that people chose: each keeps its own direction. */
  names: readonly string[];
}

/** A sentence of ours with names in it that may be written the other way. */
export function Sentence({ text, names }: Props) {
  return (
    <>
      {splitByNames(text, names).map((part, at) =>
        // Every second part is a name.
        at % 2 === 1 ? <bdi key={`${at}`}>{part}</bdi> : part,
      )}
    </>
  );
}
