import { useSignal } from "@preact/signals";
import { Settings2 } from "lucide-preact";
import { useEffect, useId } from "preact/hooks";
import { type Choice, NO_CHOICES } from "../players/choices";
import type { Player } from "../players/player";
import { Popover } from "../ui/Popover";
import css from "./ChoicesMenu.module.css";

/** A button for quality and language; nothing where there is nothing to choose. */
export function ChoicesMenu({ player }: { player: Player | null }) {
  const choices = useSignal(NO_CHOICES);
  useEffect(() => {
    const read = () => {
      choices.value = player?.choices?.() ?? NO_CHOICES;
    };
    read();
    return player?.on("choices", read);
  }, [player]);
  const { qualities, languages } = choices.value;
  const groups: [string, readonly Choice[]][] = [];
  if (languages.length > 1) groups.push(["Language", languages]);
  // One size besides Auto is no choice.
  if (qualities.length > 2) groups.push(["Quality", qualities]);
  if (groups.length === 0) return null;
  return (
    <Popover icon={Settings2} label={groups.map(([title]) => title).join(" and ")}>
      {() => (
        <div class={css.groups}>
          {groups.map(([title, options]) => (
            <Group key={title} title={title} options={options} />
          ))}
        </div>
      )}
    </Popover>
  );
}

function Group({ title, options }: { title: string; options: readonly Choice[] }) {
  const name = useId();
  return (
    <fieldset>
      <legend class={css.title}>{title}</legend>
      {options.map(({ label, checked, choose }) => (
        <label key={label} class={css.option}>
          <input type="radio" name={name} checked={checked} onChange={choose} />
          <span dir="auto">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
