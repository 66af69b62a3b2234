import { t } from "../language/t";

type Checked = Pick<HTMLInputElement, "validity" | "type" | "min" | "max" | "minLength">;

/** What is wrong with an input that its own attributes forbid, in the words of the pages. */
export function invalidText({ validity, type, min, max, minLength }: Checked): string {
  if (validity.valueMissing && !validity.badInput) return t("Fill in this field.");
  if (validity.tooShort) return t("At least {{least}} characters.", { least: minLength });
  if (type === "email") return t("Enter an email address, such as ana@example.org.");
  if (type === "number")
    return t("Enter a whole number from {{least}} to {{most}}.", {
      least: Number(min),
      most: Number(max),
    });
  return t("Enter a date and a time.");
}
