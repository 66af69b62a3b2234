// Generated from the OpenAPI document by ./streamit generate. Do not edit.

import type { Capabilities, ChatEntry, GivenSource, MediaType, PlaybackSource, QueueAdding, QueueOrder, Role, State, Waiting } from "./protocol.gen";

export type RestSchema =
  | SignedIn
  | UserOut
  | ErrorBody
  | ErrorDetail
  | GuestIn
  | RegisterIn
  | LoginIn
  | PasswordIn
  | Me
  | NameIn
  | SignInList
  | SignInOut
  | LeaveIn
  | KeyList
  | KeyOut
  | KeyMade
  | KeyIn
  | ProviderOut
  | ProvidersOut
  | ResolveOut
  | ResolveIn
  | HostOut
  | RoomOut
  | YouOut
  | RoomIn
  | Page
  | RoomList
  | OwnRooms
  | RoomPatch
  | SourceChoice
  | SubtitleIn
  | JoinOut
  | OnlyWhere
  | Playable
  | PlayableRendition
  | PlaybackOut
  | PlaybackProblem
  | SubtitleTrack
  | JoinIn
  | PlaybackQuery
  | MembersQuery
  | MemberOut
  | MembersOut
  | ModerationAction
  | WaitingIn
  | TransferIn
  | QueueItemIn
  | QueueSettings
  | MoveIn
  | NextIn
  | SkipVoteQuery
  | ChatOut
  | ReactionIn
  | ListQuery
  | Sort
  | Status
  | Problem
  | VideoList
  | VideoOut
  | SubtitleOut
  | VideoDetails
  | VideoChange
  | VideoDeleted
  | VideoPlayback
  | Event
  | WebhookList
  | WebhookOut
  | WebhookMade
  | WebhookIn
  | DeliveryOut
  | DeliveryList
  | StorageList
  | StorageOut
  | TokenOut
  | TokenIn
  | JobOut
  | LeftOut
  | ProcessingOut
  | EventQuery
  | EventList
  | EventOut
  | CallbackOut
  | Result
  | SubtitleList
  | SubtitleChange
  | OpsJobQuery
  | OpsJobList
  | OpsJobOut
  | OwnerOfJob
  | VideoOfJob
  | Way
  | LinkIn;
export type ModerationAction =
  "approve" | "reject" | "mute" | "unmute" | "kick" | "ban" | "unban" | "cohost" | "uncohost";
export type Status = "queued" | "processing" | "retrying" | "completed" | "failed";
export type Sort =
  | "-created_at"
  | "created_at"
  | "title"
  | "-title"
  | "-size_bytes"
  | "size_bytes"
  | "-duration_s"
  | "duration_s";
/**
 * Why a video cannot be played.
 */
export type Problem = "file_missing" | "file_incomplete" | "storage_not_set_up" | "not_playable";
/**
 * The types of events.
 */
export type Event =
  "video.playable" | "video.ready" | "video.failed" | "room.started" | "room.ended";
/**
 * The result of a callback: taken, a duplicate, or too late.
 */
export type Result = "taken" | "skipped" | "late";
/**
 * What to do with a film, from the least work to the most.
 */
export type Way = "storyboard" | "direct" | "remux" | "transcode";

export interface SignedIn {
  user: UserOut;
  access_token: string;
}
export interface UserOut {
  id: string;
  display_name: string;
  is_guest: boolean;
  email: string | null;
  is_staff: boolean;
}
/**
 * The one shape of every error.
 */
export interface ErrorBody {
  error: ErrorDetail;
}
export interface ErrorDetail {
  /**
   * A stable word for programs.
   */
  code: string;
  /**
   * A sentence for people.
   */
  message: string;
  /**
   * Which fields are wrong, and why; may be absent.
   */
  fields?: {
    [k: string]: string;
  };
}
export interface GuestIn {
  display_name: string;
}
export interface RegisterIn {
  email: string;
  password: string;
  display_name: string;
  /**
   * Needed where sign-up is by invitation.
   */
  invite?: string | null;
}
export interface LoginIn {
  email: string;
  password: string;
}
export interface PasswordIn {
  password: string;
  new_password: string;
}
export interface Me {
  user: UserOut;
}
export interface NameIn {
  display_name: string;
}
export interface SignInList {
  sessions: SignInOut[];
}
/**
 * A browser in which you are signed in.
 */
export interface SignInOut {
  id: string;
  /**
   * What the browser says of itself, cut.
   */
  agent: string;
  /**
   * Where it was seen last.
   */
  address: string;
  created_at: string;
  /**
   * Within ten minutes.
   */
  last_used_at: string;
  /**
   * Whether it is the one that asks.
   */
  current: boolean;
}
export interface LeaveIn {
  /**
   * Of an account; a guest has none.
   */
  password?: string | null;
}
export interface KeyList {
  keys: KeyOut[];
}
export interface KeyOut {
  id: string;
  name: string;
  /**
   * How the key begins.
   */
  prefix: string;
  created_at: string;
  /**
   * Within ten minutes.
   */
  last_used_at: string | null;
}
export interface KeyMade {
  id: string;
  name: string;
  /**
   * How the key begins.
   */
  prefix: string;
  created_at: string;
  /**
   * Within ten minutes.
   */
  last_used_at: string | null;
  /**
   * The key itself, shown this once.
   */
  key: string;
}
export interface KeyIn {
  name: string;
}
export interface ProviderOut {
  provider: string;
  title: string;
  media_types: MediaType[];
  supports_events: boolean;
  supports_progress: boolean;
  capabilities: Capabilities;
}
export interface ProvidersOut {
  providers: ProviderOut[];
}
/**
 * The source, and the start that the link asks for; all of it can be sent as ``source``.
 */
export interface ResolveOut {
  provider: string;
  media_type: MediaType;
  external_id: string;
  season: number | null;
  episode: number | null;
  supports_events: boolean;
  supports_progress: boolean;
  capabilities: Capabilities;
  /**
   * Seconds; null where the link says nothing.
   */
  start_s: number | null;
}
export interface ResolveIn {
  /**
   * A link as people paste it.
   */
  url: string;
}
export interface HostOut {
  id: string;
  name: string;
}
/**
 * A room. If it is private and you are not a member, most fields are null.
 */
export interface RoomOut {
  code: string;
  visibility: "public" | "unlisted" | "private";
  entry: "open" | "password" | "approval";
  status: "CREATED" | "LIVE" | "GRACE" | "EXPIRED";
  name: string | null;
  capacity: number | null;
  chat_open: boolean | null;
  slow_mode_s: number | null;
  succession: boolean | null;
  control: ("host" | "everyone") | null;
  wait: ("off" | "start" | "always") | null;
  wait_timeout_s: number | null;
  kept: boolean | null;
  starts_at: string | null;
  host: HostOut | null;
  source: PlaybackSource | null;
  source_title: string | null;
  /**
   * Whether it plays just now.
   */
  playing: boolean | null;
  viewer_count: number | null;
  /**
   * Some of who is there, longest first; only where your own are listed.
   */
  people: string[] | null;
  created_at: string | null;
  you: YouOut;
}
export interface YouOut {
  role: Role | null;
}
export interface RoomIn {
  source?: GivenSource | null;
  url?: string | null;
  name: string;
  visibility?: "public" | "unlisted" | "private";
  /**
   * Default: open; of a private room: approval.
   */
  entry?: ("open" | "password" | "approval") | null;
  password?: string | null;
  capacity?: number;
  chat_open?: boolean;
  /**
   * Seconds between two chat messages of a viewer; 0 for none.
   */
  slow_mode_s?: number;
  /**
   * Whether the longest-present member becomes host when the host is gone.
   */
  succession?: boolean;
  /**
   * Who controls playback and the queue.
   */
  control?: "host" | "everyone";
  /**
   * When the room waits for those who are not ready.
   */
  wait?: "off" | "start" | "always";
  /**
   * Seconds after which the room goes on all the same.
   */
  wait_timeout_s?: number;
  /**
   * Whether the room stays when everybody has left, and stays its host's. Not for guests.
   */
  kept?: boolean;
  /**
   * When people are to meet; until then the room waits for its host.
   */
  starts_at?: string | null;
}
export interface Page {
  limit?: number;
  offset?: number;
}
export interface RoomList {
  total: number;
  limit: number;
  offset: number;
  rooms: RoomOut[];
}
export interface OwnRooms {
  rooms: RoomOut[];
}
export interface RoomPatch {
  name?: string;
  visibility?: "public" | "unlisted" | "private";
  entry?: "open" | "password" | "approval";
  password?: string;
  capacity?: number;
  chat_open?: boolean;
  /**
   * Seconds between two chat messages of a viewer; 0 for none.
   */
  slow_mode_s?: number;
  succession?: boolean;
  control?: "host" | "everyone";
  wait?: "off" | "start" | "always";
  /**
   * Seconds after which the room goes on all the same.
   */
  wait_timeout_s?: number;
  kept?: boolean;
  starts_at?: string | null;
}
/**
 * What to play: a source or a link, not both.
 */
export interface SourceChoice {
  source?: GivenSource | null;
  url?: string | null;
}
export interface SubtitleIn {
  /**
   * Null: what the film itself says.
   */
  track: string | null;
}
/**
 * Open ``ws_url?ticket=…`` within a minute. Both are null until the host has decided.
 */
export interface JoinOut {
  status: "approved" | "pending";
  ticket: string | null;
  ws_url: string | null;
  /**
   * If that was asked for.
   */
  playback: PlaybackOut | null;
}
export interface PlaybackOut {
  source: PlaybackSource | null;
  /**
   * Null when it cannot be played: see problem.
   */
  playable: Playable | null;
  problem: PlaybackProblem | null;
  state: State;
  /**
   * Room time, ms since the epoch.
   */
  server_time: number;
}
/**
 * How a browser plays a source right now; made on request and never stored.
 */
export interface Playable {
  kind: "iframe" | "file" | "hls";
  url: string;
  expires_at: string | null;
  mime_type: string | null;
  title: string | null;
  only_where: OnlyWhere | null;
  subtitles: SubtitleTrack[];
  renditions: PlayableRendition[];
  storyboard_url: string | null;
}
/**
 * The file plays only in some browsers: what to ask a browser, and what to say if it cannot.
 */
export interface OnlyWhere {
  /**
   * For HTMLMediaElement.canPlayType, which answers empty if it cannot.
   */
  media_type: string;
  /**
   * not_playable; not_ready while a copy is being made.
   */
  code: string;
  message: string;
}
/**
 * Subtitles that a browser can show with a source: WebVTT at ``url``.
 */
export interface SubtitleTrack {
  id: string;
  language: string;
  label: string;
  default: boolean;
  url: string;
}
/**
 * A way to play a video; viewers may choose it instead of the default.
 */
export interface PlayableRendition {
  kind: "original" | "hls" | "mp4";
  url: string;
  mime_type: string;
  /**
   * For HTMLMediaElement.canPlayType, to be asked before the original is played; null for what every browser plays.
   */
  media_type: string | null;
  height: number | null;
  /**
   * Of an HLS stream that was made: the shorter sides, smallest first.
   */
  sizes: number[];
  default: boolean;
}
/**
 * Why nobody in the room can see a picture, in words and as a kind of problem.
 */
export interface PlaybackProblem {
  /**
   * not_playable, not_ready, file_missing, file_incomplete, storage_not_set_up, or not_found when the video is gone.
   */
  code: string;
  message: string;
}
export interface JoinIn {
  password?: string | null;
  /**
   * Whether to tell at once what is played, and how.
   */
  playback?: boolean;
}
export interface PlaybackQuery {
  /**
   * Whether this server passes the bytes on, where it need not.
   */
  through_server?: boolean;
}
export interface MembersQuery {
  /**
   * Of the members only those whose name has its words, whatever their case and accents.
   */
  q?: string;
  /**
   * Of the members only those who are in the room.
   */
  online?: boolean;
  /**
   * So many members at most.
   */
  limit?: number | null;
}
export interface MemberOut {
  id: string;
  name: string;
  role: Role;
  muted: boolean;
  online: boolean;
}
export interface MembersOut {
  members: MemberOut[];
  /**
   * Who asks to be let in; for host and co-hosts.
   */
  waiting: Waiting[];
  /**
   * For host and co-hosts.
   */
  banned: Waiting[];
}
export interface WaitingIn {
  /**
   * Whom it is about: those who were seen to wait. Without it, all who wait.
   *
   * @maxItems 1000
   */
  members: string[];
}
export interface TransferIn {
  user_id: string;
}
export interface QueueItemIn {
  source?: GivenSource | null;
  url?: string | null;
  /**
   * Put it before this item; else at the end. Left aside while votes order the queue, and of members who may only add.
   */
  before?: string | null;
  /**
   * Unique to you: sent again with it, nothing is added a second time.
   */
  id?: string | null;
}
export interface QueueSettings {
  order?: QueueOrder;
  autoplay?: boolean;
  adding?: QueueAdding;
  skipping?: boolean;
}
export interface MoveIn {
  /**
   * Before this item; else to the end.
   */
  before?: string | null;
}
export interface NextIn {
  /**
   * Go on to this item; else to the first.
   */
  item?: string | null;
  /**
   * Do nothing if another source was chosen since this revision.
   */
  revision?: number | null;
}
export interface SkipVoteQuery {
  /**
   * Do nothing if another source was chosen since this revision.
   */
  revision?: number | null;
}
export interface ChatOut {
  messages: ChatEntry[];
}
export interface ReactionIn {
  emoji: string;
}
export interface ListQuery {
  limit?: number;
  offset?: number;
  status?: Status | null;
  /**
   * Words, or parts of them, that the title has, in any order. Case, accents and width do not matter, in any script. A number at the end may be the beginning of one: `part 1` finds part 1 first, and then part 12.
   */
  q?: string;
  sort?:
    | "-created_at"
    | "created_at"
    | "title"
    | "-title"
    | "-size_bytes"
    | "size_bytes"
    | "-duration_s"
    | "duration_s";
  /**
   * The `next_cursor` of the page before, with the same sort and no offset.
   */
  cursor?: string;
}
export interface VideoList {
  total: number;
  limit: number;
  offset: number;
  videos: VideoOut[];
  /**
   * Gives the next page; null at the end.
   */
  next_cursor: string | null;
}
export interface VideoOut {
  id: string;
  title: string;
  status: Status;
  duration_s: number | null;
  width: number | null;
  height: number | null;
  size_bytes: number;
  mime_type: string;
  /**
   * As ffmpeg calls it; null when nobody knows.
   */
  video_codec: string | null;
  /**
   * Null without sound, too.
   */
  audio_codec: string | null;
  /**
   * Whether browsers play it now: as it is, or as it was made.
   */
  playable: boolean;
  /**
   * Which browsers play the file, if not all do.
   */
  only_where: OnlyWhere | null;
  /**
   * Why it cannot be played, for people.
   */
  problem: string | null;
  /**
   * The same for programs.
   */
  problem_code: Problem | null;
  /**
   * The name of the storage that has the bytes.
   */
  storage: string;
  /**
   * Relative; a placeholder when there is none.
   */
  poster_url: string;
  created_at: string;
  completed_at: string | null;
}
export interface SubtitleOut {
  id: string;
  /**
   * As RFC 5646 writes it; "und" is unknown.
   */
  language: string;
  label: string;
  /**
   * Whether viewers see it until they choose.
   */
  default: boolean;
  /**
   * Relative; where the WebVTT is.
   */
  url: string;
  size_bytes: number;
  created_at: string;
}
/**
 * A video with the details that lists leave out.
 */
export interface VideoDetails {
  id: string;
  title: string;
  status: Status;
  duration_s: number | null;
  width: number | null;
  height: number | null;
  size_bytes: number;
  mime_type: string;
  /**
   * As ffmpeg calls it; null when nobody knows.
   */
  video_codec: string | null;
  /**
   * Null without sound, too.
   */
  audio_codec: string | null;
  /**
   * Whether browsers play it now: as it is, or as it was made.
   */
  playable: boolean;
  /**
   * Which browsers play the file, if not all do.
   */
  only_where: OnlyWhere | null;
  /**
   * Why it cannot be played, for people.
   */
  problem: string | null;
  /**
   * The same for programs.
   */
  problem_code: Problem | null;
  /**
   * The name of the storage that has the bytes.
   */
  storage: string;
  /**
   * Relative; a placeholder when there is none.
   */
  poster_url: string;
  created_at: string;
  completed_at: string | null;
  /**
   * The ways to play it just now; their addresses end as a playback's do.
   */
  renditions: PlayableRendition[];
  /**
   * WebVTT that names parts of sheets of small pictures, for the seek bar.
   */
  storyboard_url: string | null;
  subtitles: SubtitleOut[];
  /**
   * Whether others can watch it: by a link, or in a room or its queue.
   */
  shared: boolean;
}
export interface VideoChange {
  title: string;
}
export interface VideoDeleted {
  message: string;
  video_id: string;
}
export interface VideoPlayback {
  video_id: string;
  media_type: "video";
  provider: string;
  mode: "direct_url" | "proxy_stream";
  playback_url: string;
  expires_at: string;
  mime_type: string;
  poster_url: string;
  renditions: PlayableRendition[];
  /**
   * WebVTT that names parts of sheets of small pictures, for the seek bar.
   */
  storyboard_url: string | null;
  subtitles: SubtitleOut[];
}
export interface WebhookList {
  webhooks: WebhookOut[];
}
export interface WebhookOut {
  id: string;
  url: string;
  events: Event[];
  of_everybody: boolean;
  created_at: string;
  /**
   * Since when nothing is sent, because the address answered 410.
   */
  gone_at: string | null;
}
export interface WebhookMade {
  id: string;
  url: string;
  events: Event[];
  of_everybody: boolean;
  created_at: string;
  /**
   * Since when nothing is sent, because the address answered 410.
   */
  gone_at: string | null;
  /**
   * What signs the messages, shown this once.
   */
  secret: string;
}
export interface WebhookIn {
  url: string;
  /**
   * @minItems 1
   * @maxItems 5
   */
  events:
    | [Event]
    | [Event, Event]
    | [Event, Event, Event]
    | [Event, Event, Event, Event]
    | [Event, Event, Event, Event, Event];
  /**
   * For staff: hear of everybody's videos and rooms.
   */
  of_everybody?: boolean;
}
/**
 * The delivery of an event to an address.
 */
export interface DeliveryOut {
  id: string;
  event: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  /**
   * Of HTTP, the last time.
   */
  answer_status: number | null;
  /**
   * The beginning of what came back, or why none did.
   */
  answer: string;
  created_at: string;
  tried_at: string | null;
  next_try_at: string | null;
}
export interface DeliveryList {
  deliveries: DeliveryOut[];
}
export interface StorageList {
  storages: StorageOut[];
}
export interface StorageOut {
  name: string;
  label: string;
  default: boolean;
  /**
   * A link keeps only the address; a store keeps the bytes.
   */
  kind: "store" | "link";
}
export interface TokenOut {
  token: string;
  expires_at: string;
  /**
   * Relative: the address of the bytes with this token.
   */
  stream_url: string;
}
export interface TokenIn {
  /**
   * Seconds that the token works; default: STREAMIT_MEDIA_TOKEN_TTL.
   */
  ttl_s?: number | null;
}
export interface JobOut {
  status: Status;
  /**
   * What is being made just now; empty when nothing is.
   */
  step:
    | ""
    | "remux"
    | "subtitles"
    | "lowest"
    | "sizes"
    | "film"
    | "storyboard"
    | "elsewhere"
    | "fetching";
  /**
   * Of the whole work, from 0 to 1.
   */
  progress: number;
  /**
   * When it should be done, once that can be told.
   */
  done_at: string | null;
  /**
   * How many other videos come first.
   */
  waits_behind: number;
  attempt: number;
  max_attempts: number;
  /**
   * When a failed attempt is repeated.
   */
  next_attempt_at: string | null;
  /**
   * Set while it waits for something that is away, a storage for example, which counts as no attempt: when it is given up if that stays away.
   */
  waits_until: string | null;
  /**
   * Why it failed or gets no further, for programs; empty while all is well.
   */
  reason_code: string;
  reason: string;
  /**
   * How much of the film could be made, where that is less than its file says; empty where all was.
   */
  shortened: string;
  /**
   * Whether the file has two halves in each picture, which browsers show as combs where something moves: what is made has none.
   */
  interlaced: boolean;
  /**
   * Tracks of the file that are in nothing that was made: sound that nobody can hear, or beyond the first eight; subtitles that are pictures, or cannot be read.
   */
  left_out: LeftOut[];
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}
export interface LeftOut {
  kind: "sound" | "subtitles";
  /**
   * Counted among those of its kind in the file, from 0.
   */
  track: number;
  /**
   * As ffmpeg calls it; null when it has no name for it.
   */
  codec: string | null;
  /**
   * As RFC 5646 writes it; empty where the file does not say.
   */
  language: string;
}
export interface ProcessingOut {
  /**
   * The newest; null when nothing had to be made.
   */
  job: JobOut | null;
}
export interface EventQuery {
  limit?: number;
  /**
   * The `next_cursor` of the page before.
   */
  cursor?: number;
}
export interface EventList {
  events: EventOut[];
  /**
   * Gives the next page; null at the end.
   */
  next_cursor: number | null;
}
export interface EventOut {
  id: number;
  at: string;
  kind: string;
  from_status: string;
  to_status: string;
  attempt: number;
  data: {
    [k: string]: unknown;
  };
}
export interface CallbackOut {
  result: Result;
}
export interface SubtitleList {
  subtitles: SubtitleOut[];
}
export interface SubtitleChange {
  /**
   * Another track is the default no longer.
   */
  default: boolean;
}
export interface OpsJobQuery {
  status?: Status | null;
  limit?: number;
  /**
   * The `next_cursor` of the page before.
   */
  cursor?: number;
}
export interface OpsJobList {
  jobs: OpsJobOut[];
  /**
   * Gives the next page; null at the end.
   */
  next_cursor: number | null;
}
/**
 * A job with its owner. It does not give access to the film.
 */
export interface OpsJobOut {
  id: number;
  owner: OwnerOfJob;
  video: VideoOfJob;
  status: Status;
  plan: Way;
  /**
   * What is being made just now; empty when nothing is.
   */
  step: string;
  /**
   * Of the whole work, from 0 to 1.
   */
  progress: number;
  attempt: number;
  /**
   * The machine and process that had it last.
   */
  worker: string;
  reason_code: string;
  reason: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * When a failed attempt is repeated.
   */
  next_attempt_at: string | null;
}
export interface OwnerOfJob {
  id: string;
  display_name: string;
}
export interface VideoOfJob {
  id: string;
  title: string;
}
export interface LinkIn {
  /**
   * A link to a video file, as people paste it.
   */
  url: string;
  title?: string | null;
  /**
   * Where an import goes; empty: the default.
   */
  storage?: string;
  /**
   * Whether to copy the bytes to a storage here.
   */
  import?: boolean;
}
