import { Film, LinkIcon, UsersRound } from "lucide-preact";
import { t } from "../../language/t";
import css from "./Introduction.module.css";

const FACTS = [
  {
    icon: UsersRound,
    title: t("The same frame for everyone"),
    text: t("One person plays, pauses and seeks. Everybody sees the same moment."),
  },
  {
    icon: Film,
    title: t("Your own films, or a link"),
    text: t("Upload a file, or paste a link: YouTube, Vimeo, or straight to a video file."),
  },
  {
    icon: LinkIcon,
    title: t("No account needed"),
    text: t("Send the invite link. Friends choose a name, and they are in."),
  },
];

/** Explains the site to new visitors. */
export function Introduction() {
  return (
    <section class={css.introduction} aria-label={t("What StreamIt is")}>
      <img
        class={css.picture}
        src="/room.webp"
        width="1280"
        height="800"
        alt={t("A room: the film on the left, the people and the chat beside it.")}
      />
      <ul class={css.facts}>
        {FACTS.map(({ icon: Icon, title, text }) => (
          <li key={title} class={css.fact}>
            <Icon size={20} aria-hidden="true" class={css.icon} />
            <h2 class={css.title}>{title}</h2>
            <p class={css.text}>{text}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
