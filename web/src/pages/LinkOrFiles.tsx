import { Upload } from "lucide-preact";
import { useRef } from "preact/hooks";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { TextField } from "../ui/TextField";
import css from "./LinkOrFiles.module.css";

interface Props {
  label: string;
  link: string;
  error: string;
  /** A file hovers over the page. */
  hovering: boolean;
  several?: boolean;
  onLink: (text: string) => void;
  onFiles: (files: File[]) => void;
}

/** A field for a link, with a button to choose files instead. */
export function LinkOrFiles(props: Props) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div class={classes(css.field, props.hovering && css.hovering)}>
      <div class={css.grow}>
        <TextField
          label={props.label}
          hideLabel
          placeholder={props.label}
          error={props.error}
          value={props.link}
          inputMode="url"
          enterkeyhint="go"
          data-focus
          onText={props.onLink}
        />
      </div>
      <Button class={css.choose} onClick={() => picker.current?.click()}>
        <Upload size={18} aria-hidden="true" />
        <span class={css.chooseText}>{props.several ? "Choose files" : "Choose a file"}</span>
      </Button>
      <input
        ref={picker}
        type="file"
        accept="video/*,.mkv"
        multiple={props.several ?? false}
        hidden
        aria-label={props.several ? "Video files" : "Video file"}
        onChange={(event) => {
          const { currentTarget: input } = event;
          const files = [...(input.files ?? [])];
          // Choosing the same file again has to count as a change.
          input.value = "";
          if (files.length > 0) props.onFiles(files);
        }}
      />
    </div>
  );
}
