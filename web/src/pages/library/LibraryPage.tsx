import { t } from "../../language/t";
import { me } from "../account";
import formCss from "../Form.module.css";
import { NameForm } from "../NameForm";
import { Page } from "../Page";
import { rules } from "../rules";
import { WhyUnknown } from "../WhyUnknown";
import { VideoSkeletons } from "./VideoGrid";
import { Videos } from "./Videos";

/** The visitor's own videos. Visitors without a name choose one first. */
export function LibraryPage() {
  const user = me.value;
  if (user === null) return <NoName />;
  return (
    <Page title={t("Library")} width="full">
      {user ? <Videos key={user.id} owner={user.id} /> : <Waiting />}
    </Page>
  );
}

function Waiting() {
  return (
    <>
      <h1 tabIndex={-1}>{t("Library")}</h1>
      <WhyUnknown />
      <VideoSkeletons />
    </>
  );
}

function NoName() {
  return (
    <Page title={t("Library")} width="narrow">
      <h1 tabIndex={-1}>{t("Your library")}</h1>
      <p class={formCss.muted}>
        {rules.value.guests === "off"
          ? t("Only you can see the videos that you upload here.")
          : t(
              "Only you can see the videos that you upload here. Choose a name to begin, or sign in to see the ones you have.",
            )}
      </p>
      <NameForm action={t("Continue")} onDone={() => {}} />
    </Page>
  );
}
