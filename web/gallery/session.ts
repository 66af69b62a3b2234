// A RoomSession without a server: signals with given values, and commands that change only these.

import { type Signal, signal } from "@preact/signals";
import type { RoomSession } from "../src/session/types";
import { ANA, chatOf, EVENING, INFO, MEMBERS, QUEUE, STATE } from "./people";
import { fakePlayer } from "./player";

type Data = {
  -readonly [Key in keyof RoomSession]: RoomSession[Key] extends { readonly value: infer Value }
    ? Value
    : never;
};
type Facts = Pick<Data, { [Key in keyof Data]: Data[Key] extends never ? never : Key }[keyof Data]>;

const USUAL: Facts = {
  entry: { kind: "joined" },
  connection: { kind: "live" },
  room: INFO,
  you: ANA,
  state: STATE,
  members: MEMBERS,
  viewerCount: MEMBERS.length,
  chat: chatOf(ANA),
  presenceChanges: [],
  reactions: null,
  waiting: [],
  queue: QUEUE,
  voted: new Set(),
  votedToSkip: false,
  waitsForMe: true,
  playable: null,
  quality: "auto",
  player: null,
  playerError: null,
  site: "answered",
  autoplayBlocked: false,
  hostAway: null,
  drift: { ms: -3, settled: true },
  clock: { offsetMs: EVENING, rttMs: 24 },
  position: 754,
  asked: null,
  duration: 5412,
  liveUnavailable: false,
  notice: null,
  canControl: true,
  playing: true,
};

const COMMANDS = [
  "start",
  "submitPassword",
  "dispose",
  "play",
  "pause",
  "seek",
  "skip",
  "setRate",
  "setSource",
  "setQuality",
  "waitForMe",
  "next",
  "removeItem",
  "moveItem",
  "clearQueue",
  "voteFor",
  "setQueue",
  "voteToSkip",
  "showSubtitles",
  "refreshSubtitles",
  "react",
  "sendChat",
  "resendChat",
  "transfer",
  "cohost",
  "kick",
  "mute",
  "ban",
  "approve",
  "reject",
  "approveAll",
  "rejectAll",
  "deleteChat",
  "joinPlayback",
] as const;

export function fakeSession(facts: Partial<Facts> = {}): RoomSession {
  const chat = chatOf(facts.you ?? ANA);
  const given: Facts = { ...USUAL, chat, player: fakePlayer(), ...facts };
  const signals = Object.fromEntries(
    Object.entries(given).map(([name, value]): [string, Signal] => [name, signal(value)]),
  );
  const commands = Object.fromEntries(COMMANDS.map((name) => [name, () => {}]));
  return { ...signals, ...commands, roomNow: () => Date.now() } as unknown as RoomSession;
}
