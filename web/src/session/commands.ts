// The user's commands to the room, sent as messages with an id.

import { t } from "../language/t";
import type { Api } from "../net/api";
import { ApiError } from "../net/api";
import type { Cancel, Timers } from "../net/timers";
import type { FromClient, PlaybackSource } from "../protocol.gen";
import { clockTime } from "../ui/time";
import { canControl, type Store, showNotice } from "./store";
import { type Kept, setWaitedFor } from "./waitOptOut";

/** A message without its id. */
type Unsent = FromClient extends infer M ? (M extends FromClient ? Omit<M, "id"> : never) : never;

export interface CommandOptions {
  code: string;
  api: Pick<Api, "actOnMember" | "admitWaiting" | "rejectWaiting">;
  store: Store;
  kept: Kept;
  timers: Timers;
  send: (message: FromClient) => void;
  newId: () => string;
}

/** A held key repeats thirty times a second, and the server disconnects clients that flood it. */
const SEEK_EVERY_MS = 200;
/** If the room has not answered by then, the seek counts as lost. */
const ANSWER_MS = 1_500;

export class Commands {
  /** The next position to seek to, sent when the last SEEK is old enough. */
  private seekTo: number | null = null;
  private cancelSeek: Cancel | null = null;
  /** The last SEEK that was sent. */
  private seekId: string | null = null;
  private cancelAsked: Cancel = () => {};

  constructor(private readonly options: CommandOptions) {}

  play(position?: number): void {
    this.control(position === undefined ? { type: "PLAY" } : { type: "PLAY", position });
  }

  pause(position: number): void {
    this.control({ type: "PAUSE", position });
  }

  /** Seeks at most to the current end of a film that is still being converted. */
  seek(position: number): void {
    const { store, timers } = this.options;
    if (!canControl(store)) return;
    const made = store.state.peek()?.made_until ?? Number.POSITIVE_INFINITY;
    if (position > made) {
      showNotice(
        store,
        t("This film is still being made. So far it reaches {{time}}.", { time: clockTime(made) }),
      );
    }
    this.seekTo = Math.max(0, Math.min(position, made));
    store.asked.value = this.seekTo;
    this.cancelAsked();
    this.cancelAsked = timers.after(ANSWER_MS, () => this.askNoMore());
    if (this.cancelSeek === null) this.sendSeek();
  }

  /** The message `id` was answered, refused or lost. */
  answered(id: string): void {
    if (id === this.seekId && this.seekTo === null) this.askNoMore();
  }

  /** Call it when another film plays: the pending seek was for the last one. */
  forgetSeek(): void {
    this.seekTo = null;
    this.askNoMore();
  }

  setRate(rate: number): void {
    this.control({ type: "RATE", rate });
  }

  setSource(source: PlaybackSource): void {
    this.control({ type: "SOURCE", source });
  }

  showSubtitles(track: string | null): void {
    this.control({ type: "SUBTITLE", track });
  }

  /** Sent without an id, because a lost reaction should not appear later. */
  react(emoji: string): void {
    this.options.send({ type: "REACT", emoji });
  }

  waitForMe(on: boolean): void {
    const { kept, code, store } = this.options;
    setWaitedFor(kept, code, on);
    store.waitsForMe.value = on;
    this.send({ type: "WAIT_FOR_ME", on });
  }

  transfer(member: string): void {
    this.send({ type: "TRANSFER", member });
  }

  cohost(member: string, on: boolean): void {
    this.send({ type: "COHOST", member, on });
  }

  kick(member: string): void {
    this.send({ type: "KICK", member });
  }

  mute(member: string, on: boolean): void {
    this.send({ type: "MUTE", member, on });
  }

  deleteChat(message: string): void {
    this.send({ type: "DELETE_CHAT", message });
  }

  ban(member: string): void {
    this.send({ type: "BAN", member });
  }

  /** Approves or rejects a person who waits. */
  async decide(member: string, action: "approve" | "reject"): Promise<void> {
    const { api, code, store } = this.options;
    try {
      await api.actOnMember(code, member, action);
      store.waiting.value = store.waiting.peek().filter(({ id }) => id !== member);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showNotice(store, error.message);
    }
  }

  /** Approves or rejects these people, and no one who has started to wait meanwhile. */
  async decideAll(members: string[], action: "approve" | "reject"): Promise<void> {
    const { api, code, store } = this.options;
    try {
      await (action === "approve"
        ? api.admitWaiting(code, members)
        : api.rejectWaiting(code, members));
      const decided = new Set(members);
      store.waiting.value = store.waiting.peek().filter(({ id }) => !decided.has(id));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showNotice(store, error.message);
    }
  }

  dispose(): void {
    this.cancelSeek?.();
    this.cancelAsked();
  }

  private askNoMore(): void {
    this.cancelAsked();
    this.options.store.asked.value = null;
  }

  /** Sends the newest position now, and the next one after SEEK_EVERY_MS. */
  private sendSeek(): void {
    const position = this.seekTo;
    this.seekTo = null;
    this.cancelSeek = null;
    if (position === null) return;
    this.seekId = this.options.newId();
    this.options.send({ type: "SEEK", position, id: this.seekId });
    this.cancelSeek = this.options.timers.after(SEEK_EVERY_MS, () => this.sendSeek());
  }

  /** Sends nothing if the visitor may not control playback, because the server would ignore it. */
  private control(message: Unsent): void {
    if (canControl(this.options.store)) this.send(message);
  }

  private send(message: Unsent): void {
    this.options.send({ ...message, id: this.options.newId() });
  }
}
