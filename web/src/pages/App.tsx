import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Route, route } from "../router";
import { filmShown } from "../session/arrival";
import { lazy, lazyOver } from "../ui/lazy";
import { Notices } from "../ui/Notices";
import { naming } from "./account";
import { NotFound } from "./NotFound";
import { RoomPage } from "./room/RoomPage";
import { SkipLink } from "./SkipLink";
import { Uploads } from "./Uploads";

// Everything but the room is loaded on demand, because people with an invite link need only that.
const Home = lazy(async () => (await import("./home/Home")).Home);
const SignIn = lazy(async () => (await import("./SignIn")).SignIn);
const LibraryPage = lazy(async () => (await import("./library/LibraryPage")).LibraryPage);
const VideoPage = lazy(async () => (await import("./video/VideoPage")).VideoPage);
const AccountPage = lazy(async () => (await import("./account/AccountPage")).AccountPage);

const NameDialog = lazyOver(async () => (await import("./NameDialog")).NameDialog);

/** The current page, and the overlays of all pages. */
export function App() {
  useFocusOnHeading();
  useKeptFocus();
  return (
    <>
      <SkipLink />
      {page(route.value)}
      {naming.value && <NameDialog onClose={() => naming.value?.done(false)} />}
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
      return <SignIn key={`${to.isNew}`} next={to.next} invite={to.invite} isNew={to.isNew} />;
    case "library":
      return <LibraryPage />;
    case "video":
      return <VideoPage key={to.id} id={to.id} />;
    case "account":
      return <AccountPage part={to.part} />;
    case "not-found":
      return <NotFound />;
  }
}

/** Moves the focus to the heading after a change of page, as after a load. */
function useFocusOnHeading(): void {
  const first = useRef(true);
  useSignalEffect(() => {
    route.value;
    if (!first.current)
      requestAnimationFrame(() => document.querySelector<HTMLElement>("h1[tabindex]")?.focus());
    first.current = false;
  });
}

/** Loaded later, because nothing has the focus when the first page opens. */
function useKeptFocus(): void {
  useEffect(() => {
    filmShown()
      .then(() => import("../ui/keptFocus"))
      .then(
        ({ keepFocus }) => keepFocus(),
        // The pages work without it.
        () => {},
      );
  }, []);
}
