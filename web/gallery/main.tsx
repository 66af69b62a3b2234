// Every designed state of the pages, with made-up data: `?state=name` shows one of them, and
// `showState(name)` puts another in its place. Build it with
// `npx vite build gallery --config vite.config.ts --outDir <folder>`; it is never part of the
// production build. tests/browser/test_pages_gallery.py walks through it.

import { render } from "preact";
import "../src/styles/base.css";
import { naming } from "../src/pages/account";
import { videos } from "../src/pages/library/videos";
import { NameDialog } from "../src/pages/NameDialog";
import { rules } from "../src/pages/rules";
import { SkipLink } from "../src/pages/SkipLink";
import { Notices } from "../src/ui/Notices";
import { notices } from "../src/ui/notices";
import { followKeyboard } from "../src/ui/viewport";
import { LIBRARY_STATES } from "./libraryStates";
import { PAGE_STATES } from "./pageStates";
import { ROOM_STATES } from "./roomStates";
import { stepsDone } from "./steps";
import { WEBHOOK_STATES } from "./webhookStates";

const STATES = { ...PAGE_STATES, ...LIBRARY_STATES, ...WEBHOOK_STATES, ...ROOM_STATES };

function Contents() {
  return (
    <main>
      <h1>States</h1>
      <ul>
        {Object.keys(STATES).map((name) => (
          <li key={name}>
            <a href={`?state=${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}

function Naming() {
  return naming.value && <NameDialog onClose={() => naming.value?.done(false)} />;
}

const root = document.getElementById("app");

/** Shows a state as if the page had just loaded. Resolves when everything is drawn. */
async function showState(name: string): Promise<void> {
  if (!root) return;
  render(null, root);
  naming.value = null;
  notices.value = [];
  videos.clear();
  rules.value = { signUp: "open", guests: "upload", guestDays: "90" };
  localStorage.clear();
  history.replaceState(null, "", `?state=${name}`);
  scrollTo(0, 0);
  const state = STATES[name];
  render(
    <>
      <SkipLink />
      {state ? state() : <Contents />}
      <Naming />
      <Notices />
    </>,
    root,
  );
  await stepsDone();
}

followKeyboard();
Object.assign(window, { galleryStates: Object.keys(STATES), showState });
void showState(new URLSearchParams(location.search).get("state") ?? "").then(() => {
  document.documentElement.dataset.ready = "";
});
