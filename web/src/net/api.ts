// The REST interface of people and rooms, typed; library.ts has that of videos.

import type { PlaybackSource, QueueState } from "../protocol.gen";
import type {
  GuestIn,
  JoinIn,
  JoinOut,
  LoginIn,
  Me,
  ModerationAction,
  OwnRooms,
  PlaybackOut,
  QueueItemIn,
  RegisterIn,
  ResolveIn,
  RoomIn,
  RoomList,
  RoomOut,
  RoomPatch,
  SignedIn,
  SourceChoice,
  TransferIn,
  UserOut,
  WaitingIn,
} from "../rest.gen";
import { get, post, request } from "./request";

export { ApiError } from "./errors";

const roomPath = (code: string): string => `/rooms/${encodeURIComponent(code)}`;

export const api = {
  continueAsGuest: (display_name: string): Promise<SignedIn> =>
    post("/auth/guest", { display_name } satisfies GuestIn),
  register: (facts: RegisterIn): Promise<SignedIn> => post("/auth/register", facts),
  login: (email: string, password: string): Promise<SignedIn> =>
    post("/auth/login", { email, password } satisfies LoginIn),
  logout: (): Promise<void> => post("/auth/logout"),
  me: async (): Promise<UserOut> => (await get<Me>("/auth/me")).user,

  resolve: (url: string): Promise<PlaybackSource> =>
    post("/playback/resolve", { url } satisfies ResolveIn),

  createRoom: (room: RoomIn): Promise<RoomOut> => post("/rooms", room),
  publicRooms: (limit = 20, offset = 0): Promise<RoomList> =>
    get(`/rooms?limit=${limit}&offset=${offset}`),
  ownRooms: async (): Promise<RoomOut[]> => (await get<OwnRooms>("/rooms/mine")).rooms,
  joinedRooms: async (): Promise<RoomOut[]> => (await get<OwnRooms>("/rooms/joined")).rooms,
  room: (code: string): Promise<RoomOut> => get(roomPath(code)),
  changeRoom: (code: string, change: RoomPatch): Promise<RoomOut> =>
    request("PATCH", roomPath(code), change),
  deleteRoom: (code: string): Promise<void> => request("DELETE", roomPath(code)),
  changeSource: (code: string, choice: SourceChoice): Promise<RoomOut> =>
    request("PUT", `${roomPath(code)}/source`, choice),
  addToQueue: (code: string, item: QueueItemIn): Promise<QueueState> =>
    post(`${roomPath(code)}/queue`, item),
  joinRoom: (code: string, password?: string): Promise<JoinOut> =>
    post(`${roomPath(code)}/join`, {
      playback: true,
      ...(password === undefined ? {} : { password }),
    } satisfies JoinIn),
  /**
   * `throughServer`: the bytes must come from our server, even if another site could serve them.
   */
  roomPlayback: (code: string, throughServer = false): Promise<PlaybackOut> =>
    get(`${roomPath(code)}/playback${throughServer ? "?through_server=true" : ""}`),
  actOnMember: (code: string, member: string, action: ModerationAction): Promise<void> =>
    post(`${roomPath(code)}/members/${encodeURIComponent(member)}/${action}`),
  admitWaiting: (code: string, members: string[]): Promise<void> =>
    post(`${roomPath(code)}/waiting`, { members } satisfies WaitingIn),
  rejectWaiting: (code: string, members: string[]): Promise<void> =>
    request("DELETE", `${roomPath(code)}/waiting`, { members } satisfies WaitingIn),
  transferRoom: (code: string, user_id: string): Promise<void> =>
    post(`${roomPath(code)}/transfer`, { user_id } satisfies TransferIn),
};

export type Api = typeof api;
