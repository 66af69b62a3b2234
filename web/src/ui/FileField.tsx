import { useId, useState } from "preact/hooks";
import { t } from "../language/t";
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

/**
 * A field for one file. Gets the focus in a dialog. The browser's own button is there, and takes
 * dropped files too, but invisible: its words are in the browser's language.
 */
export function FileField({ label, accept, hint, error, onFile }: Props) {
  const id = useId();
  const [name, setName] = useState("");
  return (
    <div class={css.field}>
      <label for={id} class={css.label}>
        {label}
      </label>
      <div class={css.file}>
        <input
          id={id}
          type="file"
          accept={accept}
          data-focus
          aria-invalid={error ? true : undefined}
          aria-describedby={`${id}-more`}
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0] ?? null;
            setName(file?.name ?? "");
            onFile(file);
          }}
        />
        <span class={css.choose} aria-hidden="true">
          {t("Choose a file")}
        </span>
        <span class={css.chosen} aria-hidden="true">
          <bdi>{name}</bdi>
        </span>
      </div>
      <FieldNote field={id} id={`${id}-more`} hint={hint} error={error} />
    </div>
  );
}
