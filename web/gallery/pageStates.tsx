// The states of the pages that are not a room.

import type { VNode } from "preact";
import { identity, withAccount } from "../src/pages/account";
import { Home } from "../src/pages/home/Home";
import { NotFound } from "../src/pages/NotFound";
import { type Rules, rules } from "../src/pages/rules";
import { SignIn } from "../src/pages/SignIn";
import type { UserOut } from "../src/rest.gen";
import { EPISODE, GUEST, LONG_ROOM, MEMBER, roomCard, UPLOAD } from "./people";
import { answer, type Replies } from "./server";
import { afterwards, press, send, write } from "./steps";
import { LONG_TITLE, LONG_VIDEO, VIDEOS } from "./videos";

type Show = () => VNode;

const ROOMS = [
  roomCard({}),
  roomCard({ code: "a", name: LONG_ROOM, source: EPISODE, viewer_count: 1312 }),
  roomCard({ code: "b", name: "Anime club", entry: "password", source: UPLOAD, viewer_count: 1 }),
  roomCard({ code: "c", name: "Lobby", entry: "approval", source: null, viewer_count: 3 }),
];

function rooms(list: typeof ROOMS, total = list.length): Replies {
  return { "GET /rooms": { body: { total, limit: 12, offset: 0, rooms: list } } };
}

function home(user: UserOut | null, replies: Replies, ...steps: (() => void)[]): Show {
  return () => {
    identity.is(user);
    answer(replies);
    afterwards(...steps);
    return <Home />;
  };
}

function withRules(changed: Partial<Rules>, show: Show): Show {
  return () => {
    rules.value = { ...rules.value, ...changed };
    return show();
  };
}

const UNRESOLVABLE = {
  status: 422,
  body: {
    error: {
      code: "unresolvable",
      message:
        "This link cannot be played here. Links from these work: Library, YouTube, Vimeo, Vidking.",
      fields: { url: "is not a video of a known provider" },
    },
  },
};

export const PAGE_STATES: Record<string, Show> = {
  home: home(GUEST, rooms(ROOMS, 40)),
  "home-own-rooms": home(MEMBER, {
    ...rooms(ROOMS),
    "GET /rooms/mine": {
      body: {
        rooms: [
          roomCard({ kept: true, starts_at: "2099-03-13T20:00:00Z" }),
          roomCard({ code: "e", people: ["Ben", "Cem Özdemir", "Dana"], viewer_count: 5 }),
          ...ROOMS,
        ],
      },
    },
    "GET /rooms/joined": { body: { rooms: [roomCard({ code: "j", name: "Sunday matinée" })] } },
  }),
  "home-empty": home(null, rooms([])),
  "home-fresh": withRules({ fresh: "yes" }, home(null, rooms([]))),
  "home-fresh-owner": withRules({ fresh: "yes" }, home(MEMBER, rooms([]))),
  "home-loading": home(null, { "GET /rooms": "never" }),
  "home-error": home(MEMBER, {}),
  "home-options": home(
    GUEST,
    rooms(ROOMS),
    () => document.querySelector("details")?.setAttribute("open", ""),
    () => write("select", "password"),
  ),
  "home-bad-link": home(
    GUEST,
    { ...rooms(ROOMS), "POST /rooms": UNRESOLVABLE },
    () => write("form input", "https://example.org/films/a-film-that-nobody-here-can-play"),
    send,
  ),
  "home-opening": home(
    GUEST,
    { ...rooms(ROOMS), "POST /rooms": "never" },
    () => write("form input", "https://youtu.be/aqz-KE-bpKQ"),
    send,
  ),
  "home-library": home(
    GUEST,
    {
      ...rooms(ROOMS),
      "GET /videos": { body: { total: 40, videos: VIDEOS, next_cursor: "more" } },
    },
    () => press("Choose from your library"),
  ),
  "home-picked": home(
    GUEST,
    {
      ...rooms(ROOMS),
      "GET /videos": { body: { total: 1, videos: [LONG_VIDEO], next_cursor: null } },
    },
    () => press("Choose from your library"),
    () => {},
    () => press(LONG_TITLE.slice(0, 20)),
  ),
  "home-name": home(null, rooms([]), () => void withAccount(() => Promise.resolve())),
  "sign-in": () => {
    identity.is(null);
    return <SignIn next="/" />;
  },
  "sign-in-guest": () => {
    identity.is(GUEST);
    afterwards(() => press("Create an account"));
    return <SignIn next="/" />;
  },
  "sign-in-wrong": () => {
    identity.is(null);
    answer({
      "POST /auth/login": {
        status: 401,
        body: { error: { code: "wrong_login", message: "Email or password is wrong." } },
      },
    });
    afterwards(
      () => write("[type=email]", "ana@example.org"),
      () => write("[type=password]", "a password"),
      send,
    );
    return <SignIn next="/" />;
  },
  "sign-in-closed": withRules({ signUp: "closed" }, () => {
    identity.is(null);
    return <SignIn next="/" />;
  }),
  "sign-in-invited": withRules({ signUp: "invite" }, () => {
    identity.is(null);
    return <SignIn next="/" invite="kD3mUx0Yp2vQe7Hs1RfA" />;
  }),
  "home-no-uploads": withRules({ guests: "watch" }, home(GUEST, rooms(ROOMS))),
  "home-no-guests": withRules(
    { guests: "off" },
    home(null, rooms([]), () => void withAccount(() => Promise.resolve())),
  ),
  "signed-in": () => {
    identity.is(MEMBER);
    return <SignIn next="/r/tq4mzr8k" />;
  },
  "not-found": () => {
    identity.is(null);
    return <NotFound />;
  },
};
