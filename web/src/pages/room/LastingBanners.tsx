import { useSignal } from "@preact/signals";
import { ChevronDown, ChevronUp } from "lucide-preact";
import { Fragment, type VNode } from "preact";
import { t } from "../../language/t";
import type { RoomSession } from "../../session/types";
import { isAtGrowingEnd } from "../../sync/timeline";
import { Banner } from "../../ui/Banner";
import { classes } from "../../ui/classes";
import { useNow } from "../../ui/useNow";
import { useRoom } from "./context";
import { HostAwayBanner } from "./HostAwayBanner";
import { KnockBanner } from "./KnockBanner";
import { keepsPlaying } from "./keepsPlaying";
import css from "./LastingBanners.module.css";
import { StartBanner } from "./StartBanner";
import { WaitingBanner } from "./WaitingBanner";

/**
 * Everything that lasts, the most urgent first. A phone shows only the first until the others are
 * asked for, because they would leave no space for the chat.
 */
export function LastingBanners() {
  const { session } = useRoom();
  const all = useSignal(false);
  // Read only to render every second; the time itself is the room's.
  void useNow(1000).value;
  const banners = bannersOf(session);
  const others = banners.length - 1;
  if (others < 0) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it prevents one, and does nothing.
    <div
      role="presentation"
      class={classes(css.stack, all.value && css.all)}
      // The field in which somebody writes keeps the focus: otherwise a phone's keyboard would go,
      // and the button that they press would move before they release it.
      onMouseDown={(event) => event.preventDefault()}
    >
      <div class={css.banners}>
        {banners.map(([name, banner]) => (
          <Fragment key={name}>{banner}</Fragment>
        ))}
      </div>
      {others > 0 && <More count={others} all={all} />}
    </div>
  );
}

/** Shows the other messages on a phone, or hides them. */
function More({ count, all }: { count: number; all: { value: boolean } }) {
  const Arrow = all.value ? ChevronUp : ChevronDown;
  return (
    <button
      type="button"
      class={css.more}
      aria-expanded={all.value}
      onClick={() => {
        all.value = !all.value;
      }}
    >
      {!all.value && `+${count} `}
      <span class="visually-hidden">{t("More messages")}</span>
      <Arrow size={18} aria-hidden="true" />
    </button>
  );
}

/** What there is to say, each with a name. */
function bannersOf(session: RoomSession): [string, VNode][] {
  const state = session.state.value;
  const hostAway = session.hostAway.value;
  const startsAt = session.room.value?.starts_at ?? null;
  const found: [string, VNode | false | null | undefined][] = [
    ["knock", session.waiting.value.length > 0 && <KnockBanner />],
    ["unavailable", isUnavailable(session) && <Unavailable />],
    ["waiting", state?.waiting && <WaitingBanner />],
    [
      "growing",
      session.player.value && state && isAtGrowingEnd(state, session.position.value) && <Growing />,
    ],
    [
      "start",
      startsAt !== null && startsAt > session.roomNow() && !session.playing.value && (
        <StartBanner startsAt={startsAt} />
      ),
    ],
    ["host", hostAway && <HostAwayBanner graceEndsAt={hostAway.graceEndsAt} />],
  ];
  return found.filter((entry): entry is [string, VNode] => Boolean(entry[1]));
}

function isUnavailable({ connection, liveUnavailable }: RoomSession): boolean {
  return connection.value.kind === "live" && liveUnavailable.value;
}

function Unavailable() {
  const { session } = useRoom();
  return (
    <Banner kind="warning">
      {t("Play and pause are unavailable for a moment.")} {keepsPlaying(session)}
    </Banner>
  );
}

function Growing() {
  return (
    <Banner>
      {t("This film is still being made. It goes on by itself when there is more of it.")}
    </Banner>
  );
}
