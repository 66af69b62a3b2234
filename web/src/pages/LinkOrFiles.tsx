import { Upload } from "lucide-preact";
import { useRef } from "preact/hooks";
import { t } from "../language/t";
import { signInPath } from "../router";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { hasMouse } from "../ui/pointer";
import { TextField } from "../ui/TextField";
import { VIDEO_FILES } from "../uploads/titles";
import formCss from "./Form.module.css";
import css from "./LinkOrFiles.module.css";
import { mayUpload, WHY_NO_UPLOADS } from "./rules";

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

/** A field for a link, with a button to choose files instead for those who may upload. */
export function LinkOrFiles(props: Props) {
  const label = mayUpload.value && hasMouse.matches ? props.label : t("Paste a link");
  return (
    <>
      <div class={classes(css.field, props.hovering && css.hovering)}>
        <div class={classes(css.line, props.several ? css.several : css.one)}>
          <div class={css.grow}>
            <TextField
              label={label}
              hideLabel
              placeholder={label}
              error={props.error}
              value={props.link}
              inputMode="url"
              enterkeyhint="go"
              data-focus
              onText={props.onLink}
            />
          </div>
          {mayUpload.value && <FileButton {...props} />}
        </div>
      </div>
      {!mayUpload.value && <NoUploads />}
    </>
  );
}

function NoUploads() {
  return (
    <p class={formCss.muted}>
      {WHY_NO_UPLOADS}{" "}
      <a href={signInPath()} class="large-target">
        {t("Sign in to upload")}
      </a>
    </p>
  );
}

function FileButton({ several = false, onFiles }: Pick<Props, "several" | "onFiles">) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button class={css.choose} onClick={() => picker.current?.click()}>
        <Upload size={18} aria-hidden="true" />
        <span class={css.chooseText}>{several ? t("Choose files") : t("Choose a file")}</span>
      </Button>
      <input
        ref={picker}
        type="file"
        accept={VIDEO_FILES}
        multiple={several}
        hidden
        aria-label={several ? t("Video files") : t("Video file")}
        onChange={(event) => {
          const { currentTarget: input } = event;
          const files = [...(input.files ?? [])];
          // Choosing the same file again has to count as a change.
          input.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
