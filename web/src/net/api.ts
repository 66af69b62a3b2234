// The REST interface of people and rooms, typed; library.ts has that of videos.

import type { Playable } from "../players/player";
import type { MediaType, PlaybackSource, Role, RoomInfo, State, Waiting } from "../protocol.gen";
import { get, post, request } from "./request";

export { ApiError } from "./errors";

export interface User {
  id: string;
  display_name: string;
  is_guest: boolean;
  email: string | null;
}

export interface Login {
  user: User;
  access_token: string;
}

export interface Room {
  code: string;
  name: string;
  visibility: RoomInfo["visibility"];
  entry: RoomInfo["entry"];
  capacity: number;
  chat_open: boolean;
  succession: boolean;
  status: RoomInfo["status"];
  /** Null for a private room that you are not in. */
  host: { id: string; name: string } | null;
  source: PlaybackSource | null;
  viewer_count: number;
  created_at: string;
  you: { role: Role | null };
}

export interface RoomPage {
  total: number;
  limit: number;
  offset: number;
  rooms: Room[];
}

/** What plays in a new room: a source, a link to resolve, or nothing yet. */
export interface SourceChoice {
  source?: PlaybackSource | null;
  url?: string;
}

export interface RoomSettings {
  name: string;
  visibility: RoomInfo["visibility"];
  entry: RoomInfo["entry"];
  password: string;
  capacity: number;
  chat_open: boolean;
  succession: boolean;
}

export type NewRoom = Pick<RoomSettings, "name"> & Partial<RoomSettings> & SourceChoice;

export type Join =
  | { status: "approved"; ticket: string; ws_url: string }
  | { status: "pending"; ticket: null; ws_url: null };

export interface RoomPlayback {
  source: PlaybackSource | null;
  playable: Playable | null;
  state: State | null;
  server_time: number;
}

export interface RoomMembers {
  members: { id: string; name: string; role: Role; muted: boolean; online: boolean }[];
  waiting: Waiting[];
  banned: { id: string; name: string }[];
}

export type MemberAction =
  | "approve"
  | "reject"
  | "mute"
  | "unmute"
  | "kick"
  | "ban"
  | "unban"
  | "cohost"
  | "uncohost";

export interface Provider {
  provider: string;
  title: string;
  media_types: MediaType[];
  supports_events: boolean;
  supports_progress: boolean;
  capabilities: PlaybackSource["capabilities"];
}

const roomPath = (code: string): string => `/rooms/${encodeURIComponent(code)}`;

export const api = {
  continueAsGuest: (displayName: string): Promise<Login> =>
    post("/auth/guest", { display_name: displayName }),
  register: (email: string, password: string, displayName: string): Promise<Login> =>
    post("/auth/register", { email, password, display_name: displayName }),
  login: (email: string, password: string): Promise<Login> =>
    post("/auth/login", { email, password }),
  logout: (): Promise<void> => post("/auth/logout"),
  me: async (): Promise<User> => (await get<{ user: User }>("/auth/me")).user,

  providers: async (): Promise<Provider[]> =>
    (await get<{ providers: Provider[] }>("/playback/providers")).providers,
  resolve: (url: string): Promise<PlaybackSource> => post("/playback/resolve", { url }),

  createRoom: (room: NewRoom): Promise<Room> => post("/rooms", room),
  publicRooms: (limit = 20, offset = 0): Promise<RoomPage> =>
    get(`/rooms?limit=${limit}&offset=${offset}`),
  room: (code: string): Promise<Room> => get(roomPath(code)),
  changeRoom: (code: string, change: Partial<RoomSettings>): Promise<Room> =>
    request("PATCH", roomPath(code), change),
  deleteRoom: (code: string): Promise<void> => request("DELETE", roomPath(code)),
  changeSource: (code: string, choice: SourceChoice): Promise<Room> =>
    request("PUT", `${roomPath(code)}/source`, choice),
  joinRoom: (code: string, password?: string): Promise<Join> =>
    post(`${roomPath(code)}/join`, password === undefined ? {} : { password }),
  roomPlayback: (code: string): Promise<RoomPlayback> => get(`${roomPath(code)}/playback`),
  roomMembers: (code: string): Promise<RoomMembers> => get(`${roomPath(code)}/members`),
  actOnMember: (code: string, member: string, action: MemberAction): Promise<void> =>
    post(`${roomPath(code)}/members/${encodeURIComponent(member)}/${action}`),
  transferRoom: (code: string, member: string): Promise<void> =>
    post(`${roomPath(code)}/transfer`, { user_id: member }),
};

export type Api = typeof api;
