import { useSignal } from "@preact/signals";
import { locale } from "../../language/language";
import { t } from "../../language/t";
import { ApiError } from "../../net/errors";
import { library } from "../../net/library";
import { languageName, languageOf } from "../../subtitles/choice";
import { ENDING, SUBTITLE_FILES } from "../../subtitles/fileNames";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { CheckedForm } from "../../ui/CheckedForm";
import { Dialog } from "../../ui/Dialog";
import { FileField } from "../../ui/FileField";
import { notify } from "../../ui/notices";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import formCss from "../Form.module.css";
import { failureText, fieldText } from "../failure";

interface Props {
  videoId: string;
  onAdded: () => void;
  onClose: () => void;
}

const LABEL_LENGTH = 120;
const UNKNOWN = "und";
/** The languages of most subtitles; a file's name may add another. */
const LANGUAGES =
  "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id is it ja ko lt lv ms nb nl pl pt pt-BR ro ru sk sl sr sv ta th tr uk ur vi zh-Hans zh-Hant".split(
    " ",
  );

/** Adds a subtitle file to a video, for everyone who watches it. */
export function AddSubtitles({ videoId, onAdded, onClose }: Props) {
  const file = useSignal<File | null>(null);
  const language = useSignal(UNKNOWN);
  const label = useSignal("");
  const isDefault = useSignal(false);
  const errors = useSignal<Readonly<Record<string, string>>>({});
  const busy = useSignal(false);
  const choose = (chosen: File | null) => {
    file.value = chosen;
    errors.value = {};
    if (chosen === null) return;
    label.value = chosen.name.replace(ENDING, "").slice(0, LABEL_LENGTH);
    language.value = languageOf(chosen.name) || UNKNOWN;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (file.value === null) {
      errors.value = { file: t("Choose a file.") };
      return;
    }
    busy.value = true;
    try {
      await library.addSubtitles(videoId, file.value, {
        language: language.value,
        label: label.value.trim(),
        default: isDefault.value,
      });
      notify(t("The subtitles are added."));
      onAdded();
      onClose();
    } catch (error) {
      errors.value = said(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={t("Add subtitles")} onClose={onClose}>
      <CheckedForm failure={errors.value} class={formCss.form} onSubmit={submit} noValidate>
        <FileField
          label={t("File")}
          accept={SUBTITLE_FILES}
          hint={t("SRT, WebVTT or ASS, at most 2 MB.")}
          error={errors.value.file}
          onFile={choose}
        />
        <Select
          label={t("Language")}
          value={language.value}
          options={languages(language.value)}
          onChange={(value) => {
            language.value = value;
          }}
        />
        <TextField
          label={t("Name")}
          hint={t("What people choose it by. The file’s name, if you leave it empty.")}
          maxLength={LABEL_LENGTH}
          value={label.value}
          error={fieldText(t("The name"), errors.value.label)}
          onText={(text) => {
            label.value = text;
          }}
        />
        <Checkbox
          label={t("Show it to everyone who has not chosen")}
          checked={isDefault.value}
          onChange={(on) => {
            isDefault.value = on;
          }}
        />
        <Button kind="primary" type="submit" busy={busy.value} wide>
          {t("Add")}
        </Button>
      </CheckedForm>
    </Dialog>
  );
}

/** The errors by field; a general error is shown at the file. */
function said(error: unknown): Readonly<Record<string, string>> {
  if (error instanceof ApiError && error.fields.label) return error.fields;
  const ofFile =
    error instanceof ApiError ? fieldText(t("The file"), error.fields.file) : undefined;
  return { file: ofFile ?? failureText(error) };
}

function languages(chosen: string): [string, string][] {
  const known =
    LANGUAGES.includes(chosen) || chosen === UNKNOWN ? LANGUAGES : [chosen, ...LANGUAGES];
  const named = known.map((code): [string, string] => [code, languageName(code) || code]);
  return [[UNKNOWN, t("Not known")], ...named.sort(([, a], [, b]) => a.localeCompare(b, locale))];
}
