import { useEffect } from "preact/hooks";
import { t, translated } from "../../language/t";
import { Select } from "../../ui/Select";
import { chosenStorage, loadStorages, storages } from "./storages";

/** Where new videos are stored; not shown if there is no choice. */
export function StorageField() {
  useEffect(() => void loadStorages(), []);
  const choices = storages.value.filter(({ kind }) => kind === "store");
  if (choices.length < 2) return null;
  const usual = choices.find((storage) => storage.default) ?? choices[0];
  return (
    <Select
      label={t("Store files in")}
      value={chosenStorage.value ?? usual?.name ?? ""}
      options={choices.map(({ name, label }) => [name, translated(label)] as const)}
      onChange={(name) => {
        chosenStorage.value = name;
      }}
    />
  );
}
