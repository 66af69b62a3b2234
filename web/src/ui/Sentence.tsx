import { splitByNames } from "./splitByNames";

interface Props {
  text: string;
  /** The names in it, each of which keeps its own writing direction. */
  names: readonly string[];
}

/** A sentence that contains names, which may have another writing direction. */
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
