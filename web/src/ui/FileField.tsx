import { useId } from "preact/hooks";
import css from "./Field.module.css";
import { FieldNote } from "./FieldNote";

interface Props {
  label: string;
  /** The allowed file extensions, as in the `accept` attribute. */
  accept: string;
  hint: string;
  error?: string | undefined;
  onFile: (file: File | null) => void;
}

/** A field for one file, with the browser's own button. Gets the focus in a dialog. */
export function FileField({ label, accept, hint, error, onFile }: Props) {
  const id = useId();
  return (
    <div class={css.field}>
      <label for={id} class={css.label}>
        {label}
      </label>
      <input
        id={id}
        type="file"
        class={css.file}
        accept={accept}
        data-focus
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-more`}
        onChange={({ currentTarget }) => onFile(currentTarget.files?.[0] ?? null)}
      />
      <FieldNote field={id} id={`${id}-more`} hint={hint} error={error} />
    </div>
  );
}
