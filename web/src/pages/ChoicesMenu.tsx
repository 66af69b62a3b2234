import { useSignal } from "@preact/signals";
import { Settings2 } from "lucide-preact";
import { useEffect, useId } from "preact/hooks";
import { listed, t } from "../language/t";
import { type Choice, NO_CHOICES } from "../players/choices";
import { canPlayHere } from "../players/create";
import type { Player } from "../players/player";
import type { Quality } from "../players/quality";
import { choicesOf, qualitiesOf } from "../players/qualityChoices";
import type { Playable } from "../rest.gen";
import { Popover } from "../ui/Popover";
import css from "./ChoicesMenu.module.css";

interface Props {
  player: Player | null;
  playable: Playable | null;
  quality: Quality;
  onQuality: (quality: Quality) => void;
}

/** A button for quality and language; not shown if there is nothing to choose. */
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

/** The choices of language and quality, each with its title. */
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
  const offered = playable ? qualitiesOf(playable, canPlayHere) : [];
  // While a size is chosen, the player's label for "Auto" is outdated.
  const auto = quality === "auto" ? own[0]?.label : undefined;
  const qualities = offered.length > 0 ? choicesOf(offered, quality, auto, onQuality) : own;
  const groups: [string, readonly Choice[]][] = [];
  if (languages.length > 1) groups.push([t("Language"), languages]);
  // Auto and a single size are not a choice.
  if (qualities.length > 2) groups.push([t("Quality"), qualities]);
  return groups;
}

interface GroupProps {
  title: string;
  options: readonly Choice[];
  /** Shows the title only to screen readers, because it is already visible above. */
  hideTitle?: boolean;
}

export function ChoiceGroup({ title, options, hideTitle }: GroupProps) {
  const name = useId();
  return (
    <fieldset>
      <legend class={hideTitle ? "visually-hidden" : css.title}>{title}</legend>
      {/* Labels may not be unique. */}
      {options.map(({ label, checked, choose }, at) => (
        <label key={`${at}`} class={css.option}>
          <input type="radio" name={name} checked={checked} onChange={choose} />
          <span dir="auto">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
