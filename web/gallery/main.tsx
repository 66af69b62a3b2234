// Every designed state of the pages, with made-up data: `?state=name` shows one of them.
// Build it with `npx vite build gallery --config vite.config.ts --outDir <folder>`; it is
// never part of the production build. tests/browser/test_pages_gallery.py walks through it.

import { render } from "preact";
import "../src/styles/base.css";
import { NameDialog } from "../src/pages/NameDialog";
import { Notices } from "../src/ui/Notices";
import { followKeyboard } from "../src/ui/viewport";
import { PAGE_STATES } from "./pageStates";
import { ROOM_STATES } from "./roomStates";
import { visited } from "./visitor";

const STATES = { ...PAGE_STATES, ...ROOM_STATES };
Object.assign(window, { galleryStates: Object.keys(STATES) });

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

const wanted = new URLSearchParams(location.search).get("state") ?? "";
const state = STATES[wanted];
const root = document.getElementById("app");
followKeyboard();
if (root)
  render(
    <>
      {state ? state() : <Contents />}
      <NameDialog />
      <Notices />
    </>,
    root,
  );
void visited().then(() => {
  document.documentElement.dataset.ready = "";
});
