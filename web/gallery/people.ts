// Made-up people, rooms and chats, with lengths that may break layouts.

import type {
  Member,
  PlaybackSource,
  QueueItem,
  QueueState,
  RoomInfo,
  State,
} from "../src/protocol.gen";
import type { RoomOut, UserOut } from "../src/rest.gen";
import type { ChatItem } from "../src/session/types";

export const LONG_NAME = "Maximiliana-Alexandrine Featherstonehaugh";
export const LONG_ROOM =
  "The very long Friday night of everything by Tarkovsky, in the order in which it was shot, with breaks";

export const GUEST: UserOut = {
  id: "ana",
  display_name: "Ana",
  is_guest: true,
  email: null,
  is_staff: false,
};
export const MEMBER: UserOut = {
  id: "ana",
  display_name: LONG_NAME,
  is_guest: false,
  email: "maximiliana.featherstonehaugh@mail.example.org",
  is_staff: false,
};

function person(id: string, name: string, rest: Partial<Member> = {}): Member {
  return { id, name, role: "viewer", muted: false, buffering: false, drift_ms: 4, ...rest };
}

export const ANA = person("ana", "Ana", { role: "host", drift_ms: -3 });
export const BEN = person("ben", "Ben Okafor", { drift_ms: 12 });
export const MEMBERS: Member[] = [
  ANA,
  person("cem", "Cem", { role: "cohost", drift_ms: 31 }),
  BEN,
  person("max", LONG_NAME, { buffering: true, drift_ms: -1840 }),
  person("dee", "dee", { muted: true, drift_ms: 260 }),
  person("yuk", "ゆき", { drift_ms: null }),
];

export const CROWD: Member[] = [
  ...MEMBERS,
  ...Array.from({ length: 94 }, (_, index) =>
    person(`guest${index}`, `Guest ${index + 1}`, { drift_ms: ((index * 37) % 90) - 45 }),
  ),
];

export const YOUTUBE: PlaybackSource = {
  provider: "youtube",
  media_type: "movie",
  external_id: "aqz-KE-bpKQ",
  season: null,
  episode: null,
  supports_events: true,
  supports_progress: true,
  capabilities: { seek: true, pause: true, resume: true, autoplay: true },
};

export const UPLOAD: PlaybackSource = { ...YOUTUBE, provider: "library", external_id: "v1" };
export const EPISODE: PlaybackSource = {
  ...YOUTUBE,
  provider: "vidking",
  media_type: "tv",
  season: 2,
  episode: 5,
};

export const INFO: RoomInfo = {
  code: "tq4mzr8k",
  name: "Friday night films",
  visibility: "unlisted",
  entry: "open",
  capacity: 100,
  chat_open: true,
  slow_mode_s: 0,
  status: "LIVE",
  host: "ana",
  control: "host",
  wait: "off",
  wait_timeout_s: 10,
  grace_ends_at: null,
  starts_at: null,
  succession: true,
  kept: false,
};

export const STATE: State = {
  revision: 42,
  playing: true,
  position: 754,
  rate: 1,
  at: 0,
  source: UPLOAD,
  source_revision: 40,
  chosen_by: "ben",
  by: "ana",
  duration: 5412,
  made_until: null,
  unloaded: null,
  waiting: null,
  subtitle: null,
};

function queued(id: string, rest: Partial<QueueItem>): QueueItem {
  return {
    id,
    source: { ...UPLOAD, external_id: id },
    start_s: null,
    title: null,
    duration_s: null,
    added_by: "ana",
    added_by_name: "Ana",
    votes: 0,
    ...rest,
  };
}

export const QUEUE: QueueState = {
  version: 7,
  items: [
    queued("q1", { title: "Stalker, 1979", duration_s: 9_702, votes: 4 }),
    queued("q2", { source: YOUTUBE, start_s: 90, added_by: "ben", added_by_name: "Ben Okafor" }),
    queued("q3", { source: EPISODE, added_by: "max", added_by_name: LONG_NAME, votes: 1 }),
    queued("q4", { title: LONG_ROOM, duration_s: 59 }),
    queued("q5", { title: "شريط تجريبي", duration_s: 600, added_by: "yuk", added_by_name: "ゆき" }),
  ],
  order: "manual",
  autoplay: true,
  adding: "controllers",
  skipping: false,
  skip_votes: 0,
  skipped: [],
};

/** A fixed time (21:04), so that screenshots do not change. */
export const EVENING = new Date(2026, 2, 13, 21, 4).getTime();
const MINUTE = 60_000;

function line(id: string, who: Member, minute: number, text: string): ChatItem {
  return {
    id,
    member: who.id,
    name: who.name,
    role: who.role,
    text,
    at: EVENING + minute * MINUTE,
  };
}

const [, CEM, , MAX] = MEMBERS as [Member, Member, Member, Member];

/** A chat as `you` see it: pending and failed messages are your own. */
export const chatOf = (you: Member): ChatItem[] => [
  line("1", ANA, 0, "Everyone here? I start in a minute."),
  line("2", BEN, 0, "yes"),
  line("3", BEN, 0, "with popcorn"),
  line("4", CEM, 1, "Background: https://en.wikipedia.org/wiki/Stalker_(1979_film), worth it."),
  line("5", MAX, 2, `${"aaaaaaaaaaaaaaaaaaaa".repeat(6)} sorry, cat on the keyboard`),
  line("6", ANA, 3, "Two lines\nin one message, and <b>no</b> markup."),
  line(
    "9",
    CEM,
    3,
    Array.from({ length: 14 }, (_, n) => `A line of many, number ${n + 1}`).join("\n"),
  ),
  { ...line("7", you, 4, "This one is on its way"), pending: true },
  {
    ...line("8", you, 4, "And this one was too much"),
    failed: "You are sending too fast. Try again in 8\u00a0s.",
  },
];

export const LONG_CHAT: ChatItem[] = Array.from({ length: 60 }, (_, index) =>
  line(`l${index}`, index % 3 ? BEN : ANA, Math.floor(index / 4), `Line ${index + 1} of the talk`),
);

export function roomCard(rest: Partial<RoomOut>): RoomOut {
  return {
    code: "tq4mzr8k",
    name: "Friday night films",
    visibility: "public",
    entry: "open",
    capacity: 100,
    chat_open: true,
    slow_mode_s: 0,
    control: "host",
    wait: "off",
    wait_timeout_s: 10,
    kept: false,
    starts_at: null,
    succession: true,
    status: "LIVE",
    host: { id: "ana", name: "Ana" },
    source: YOUTUBE,
    source_title: null,
    playing: false,
    viewer_count: 12,
    people: null,
    created_at: "2026-03-13T20:00:00Z",
    you: { role: null },
    ...rest,
  };
}
