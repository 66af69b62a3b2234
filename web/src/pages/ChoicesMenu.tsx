import { useSignal } from "@preact/signals";
import { Settings2 } from "lucide-preact";
import { useEffect, useId } from "preact/hooks";
import { listed, t } from "../language/t";
import { type Choice, NO_CHOICES } from "../players/choices";
import { playsHere } from "../players/create";
import type { Player } from "../players/player";
import { choicesOf, type Quality, qualitiesOf } from "../players/quality";
import type { Playable } from "../rest.gen";
import { Popover } from "../ui/Popover";
import css from "./ChoicesMenu.module.css";

interface Props {
  player: Player | null;
  playable: Playable | null;
  quality: Quality;
  onQuality: (quality: Quality) => void;
}

/** A button for quality and language; nothing where there is nothing to choose. */
export function ChoicesMenu(props: Props) {
  const groups = useChoices(props);
  if (groups.length === 0) return null;
  return (
    <Popover icon={Settings2} label={listed(groups.map(([title]) => title))}>
      {() => (
        <div class={css.groups}>
          {groups.map(([title, options]) => (
            <ChoiceGroup key={title} title={title} options={options} />
          ))}
        </div>
      )}
    </Popover>
  );
}

/** What a viewer may choose of language and quality, each with its title. */
export function useChoices({ player, playable, quality, onQuality }: Props) {
  const choices = useSignal(NO_CHOICES);
  useEffect(() => {
    const read = () => {
      choices.value = player?.choices?.() ?? NO_CHOICES;
    };
    read();
    return player?.on("choices", read);
  }, [player]);
  const { qualities: own, languages } = choices.value;
  const offered = playable ? qualitiesOf(playable, playsHere) : [];
  // What the player calls its own choice is no longer true of it when it keeps to a size.
  const auto = quality === "auto" ? own[0]?.label : undefined;
  const qualities = offered.length > 0 ? choicesOf(offered, quality, auto, onQuality) : own;
  const groups: [string, readonly Choice[]][] = [];
  if (languages.length > 1) groups.push([t("Language"), languages]);
  // One size besides Auto is no choice.
  if (qualities.length > 2) groups.push([t("Quality"), qualities]);
  return groups;
}

interface GroupProps {
  title: string;
  options: readonly Choice[];
  /** Shows the title to screen readers only, because it stands above. */
  hideTitle?: boolean;
}

export function ChoiceGroup({ title, options, hideTitle }: GroupProps) {
  const name = useId();
  return (
    <fieldset>
      <legend class={hideTitle ? "visually-hidden" : css.title}>{title}</legend>
      {/* Two may be called the same. */}
      {options.map(({ label, checked, choose }, at) => (
        <label key={`${at}`} class={css.option}>
          <input type="radio" name={name} checked={checked} onChange={choose} />
          <span dir="auto">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
