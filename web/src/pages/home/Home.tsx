import { t } from "../../language/t";
import { Spinner } from "../../ui/Spinner";
import { identity, isKnown } from "../account";
import { Page } from "../Page";
import { WhyUnknown } from "../WhyUnknown";
import { CreateRoom } from "./CreateRoom";
import css from "./Home.module.css";
import { Introduction } from "./Introduction";
import { JoinByCode } from "./JoinByCode";
import { PublicRooms } from "./PublicRooms";
import { RecentVideos } from "./RecentVideos";
import { Rooms } from "./Rooms";
import { SetUp } from "./SetUp";
import { type Own, useOwn } from "./useOwn";

/** Introduces the site to new visitors, and shows known ones their rooms and videos. */
export function Home() {
  const own = useOwn();
  return (
    <Page title={t("Watch together")}>
      <section class={css.start} aria-labelledby="start">
        <div class={css.opening}>
          <h1 id="start" tabIndex={-1}>
            {t("Watch together, at the same moment")}
          </h1>
          {!isKnown.value && (
            <p class={css.lead}>
              {t(
                "Make a room, send the link, and watch a film with friends, each on their own screen.",
              )}
            </p>
          )}
        </div>
        <CreateRoom />
      </section>
      <SetUp />
      {own.value ? <Beneath own={own.value} /> : <Coming />}
    </Page>
  );
}

function Beneath({ own }: { own: Own }) {
  return (
    <>
      <Rooms title={t("Your rooms")} rooms={own.rooms} />
      <Rooms title={t("Rooms you have been in")} rooms={own.joined} />
      <RecentVideos videos={own.videos} />
      <JoinByCode />
      {!isKnown.value && <Introduction />}
      <PublicRooms />
    </>
  );
}

/** A placeholder at the bottom, so that what loads later does not push anything away. */
function Coming() {
  if (identity.failure.value) return <WhyUnknown />;
  return (
    <div aria-busy="true">
      <Spinner size={28} />
      <span class="visually-hidden">{t("Loading")}</span>
    </div>
  );
}
