// The REST interface, typed: every call of /api/v1 that the pages make.
//
// The session cookie goes along by itself; what fails throws an ApiError and nothing else.

import type { Playable } from "../players/player";
import type { MediaType, PlaybackSource, Role, RoomInfo, State, Waiting } from "../protocol.gen";
import { ApiError, readReply } from "./errors";
import { type UploadOptions, upload } from "./upload";

export { ApiError } from "./errors";

const BASE = "/api/v1";

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

export interface Video {
  id: string;
  title: string;
  status: string;
  duration_s: number | null;
  width: number | null;
  height: number | null;
  size_bytes: number;
  mime_type: string;
  created_at: string;
  completed_at: string | null;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Returns the token that Django wants back in a header on unsafe methods. */
export function csrfToken(): string | null {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return cookie ? decodeURIComponent(cookie.slice("csrftoken=".length)) : null;
}

function headersOf(method: Method, hasBody: boolean): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (hasBody) headers["Content-Type"] = "application/json";
  const token = method === "GET" ? null : csrfToken();
  if (token !== null) headers["X-CSRFToken"] = token;
  return headers;
}

/** Sends one request; returns the reply's JSON, or undefined for 204. Throws ApiError. */
async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${BASE}${path}`, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: headersOf(method, body !== undefined),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    throw ApiError.offline();
  }
  return readReply<T>(response.status, text, response.headers.get("Retry-After"));
}

const get = <T>(path: string): Promise<T> => request<T>("GET", path);
const post = <T>(path: string, body?: unknown): Promise<T> => request<T>("POST", path, body);
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

  uploadVideo: (file: File, title: string, options: UploadOptions = {}): Promise<Video> =>
    upload<Video>(`${BASE}/videos`, { file, title }, csrfToken(), options),
  video: (id: string): Promise<Video> => get(`/videos/${encodeURIComponent(id)}`),
};

export type Api = typeof api;
