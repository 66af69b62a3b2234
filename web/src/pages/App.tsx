import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Route, route } from "../router";
import { later } from "../ui/later";
import { Notices } from "../ui/Notices";
import css from "./App.module.css";
import { Home } from "./home/Home";
import { NameDialog } from "./NameDialog";
import { NotFound } from "./NotFound";
import { RoomPage } from "./room/RoomPage";
import { SignIn } from "./SignIn";
import { Uploads } from "./Uploads";

// The pages of the library stand apart: whoever follows an invite link need not load them.
const LibraryPage = later(async () => (await import("./library/LibraryPage")).LibraryPage);
const VideoPage = later(async () => (await import("./video/VideoPage")).VideoPage);
const AccountPage = later(async () => (await import("./account/AccountPage")).AccountPage);

/** The page that the address names, and what lies over every page. */
export function App() {
  useFocusOnHeading();
  return (
    <>
      <a class={css.skip} href="#main">
        Skip to the content
      </a>
      {page(route.value)}
      <NameDialog />
      <Uploads />
      <Notices />
    </>
  );
}

function page(to: Route) {
  switch (to.page) {
    case "home":
      return <Home />;
    case "room":
      return <RoomPage key={to.code} code={to.code} />;
    case "sign-in":
      return <SignIn next={to.next} />;
    case "library":
      return <LibraryPage />;
    case "video":
      return <VideoPage key={to.id} id={to.id} />;
    case "account":
      return <AccountPage />;
    case "not-found":
      return <NotFound />;
  }
}

/** After a change of page the focus goes to its heading, as after a load. */
function useFocusOnHeading(): void {
  const first = useRef(true);
  useSignalEffect(() => {
    route.value;
    if (!first.current)
      requestAnimationFrame(() => document.querySelector<HTMLElement>("h1[tabindex]")?.focus());
    first.current = false;
  });
}
