import {
  type ReadonlySignal,
  type Signal,
  signal,
  useComputed,
  useSignal,
  useSignalEffect,
} from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../../language/t";
import type { PlayerCaptions } from "../../players/player";
import type { RoomSession } from "../../session/types";
import { shownTrack, type Track } from "../../subtitles/choice";
import type { DrawnSubtitles } from "../../subtitles/drawn";
import type { LocalSubtitles } from "../../subtitles/localFile";
import {
  SIZES,
  type SubtitleStyle,
  storedLanguage,
  storedStyle,
  storeLanguage,
  storeStyle,
} from "../../subtitles/style";
import { notify } from "../../ui/notices";

/** The id of the track that was opened on this device. */
export const LOCAL = "local";
/** How far one key press shifts the subtitles. */
export const OFFSET_STEP_S = 0.1;

type Linked = Track & { url: string };

/** The subtitles of the room's video, as this visitor sees them. */
export interface Subtitles {
  tracks: ReadonlySignal<readonly Track[]>;
  shown: ReadonlySignal<Track | null>;
  style: ReadonlySignal<SubtitleStyle>;
  offset: ReadonlySignal<number>;
  /** The file that was opened on this device, if any. */
  local: ReadonlySignal<(LocalSubtitles & { file: File }) | null>;
  /** True if our own player draws them, so that the visitor can choose style, delay and files. */
  own: ReadonlySignal<boolean>;
  choose(id: string | null): void;
  setStyle(part: Partial<SubtitleStyle>): void;
  /** Shifts them by this many seconds; 0 resets the shift. */
  nudge(by_s: number): void;
  open(file: File): Promise<void>;
  /** Shows this track of the video in place of the opened file, as soon as it is known. */
  replaceFile(id: string): void;
  /** Turns them on or off. */
  toggle(): void;
}

/** `freePx` is how much of the video's lower edge is covered by controls. */
export function useSubtitles(session: RoomSession, freePx: ReadonlySignal<number>): Subtitles {
  const chosen = useSignal<string | null | undefined>(undefined);
  const language = useSignal(storedLanguage());
  const style = useSignal(storedStyle());
  const offset = useSignal(0);
  const local = useSignal<(LocalSubtitles & { file: File; url: string }) | null>(null);
  const replacement = useSignal<string | null>(null);
  const captions = useCaptions(session);

  const tracks = useComputed<readonly Linked[]>(() => {
    if (captions.value) return captions.value.tracks.map((track) => ({ ...track, url: "" }));
    const given = session.playable.value?.subtitles ?? [];
    const file = local.value;
    return file ? [...given, { ...file, id: LOCAL, default: false }] : given;
  });
  const own = useComputed(() => session.player.value?.element instanceof HTMLVideoElement);
  const shown = useComputed(() =>
    shownTrack(tracks.value, {
      chosen: chosen.value,
      room: session.state.value?.subtitle ?? null,
      language: language.value,
    }),
  );
  const forgetFile = () => {
    URL.revokeObjectURL(local.peek()?.url ?? "");
    local.value = null;
    replacement.value = null;
  };
  useForget(session, () => {
    chosen.value = undefined;
    offset.value = 0;
    forgetFile();
  });
  const isGone = useRef(false);
  useEffect(
    () => () => {
      isGone.current = true;
      forgetFile();
    },
    [],
  );
  useRoomsTrack(session);
  useDrawn(session, shown, { offset, style, freePx });
  useSignalEffect(() => {
    captions.value?.choose(shown.value?.id ?? null);
  });

  const subtitles = useMemo<Subtitles>(() => {
    const last = { id: null as string | null };
    const choose = (id: string | null) => {
      if (id === null) last.id = shown.peek()?.id ?? null;
      chosen.value = id;
      if (id === LOCAL) return;
      language.value = tracks.peek().find((track) => track.id === id)?.language ?? "";
      storeLanguage(language.value);
    };
    return {
      ...{ tracks, shown, style, offset, local, own, choose },
      setStyle: (part) => {
        style.value = { ...style.peek(), ...part };
        storeStyle(style.peek());
      },
      nudge: (by_s) => {
        const moved = by_s === 0 ? 0 : offset.peek() + by_s;
        // Round to tenths, because adding fractions is not exact.
        offset.value = Math.round(moved * 10) / 10;
      },
      open: async (file) => {
        const { BadSubtitles, readSubtitles } = await import("../../subtitles/localFile");
        try {
          const read = await readSubtitles(file);
          if (isGone.current) return;
          forgetFile();
          const url = URL.createObjectURL(new Blob([read.vtt], { type: "text/vtt" }));
          chosen.value = undefined;
          local.value = { ...read, file, url };
          chosen.value = LOCAL;
        } catch (error) {
          if (!(error instanceof BadSubtitles)) throw error;
          notify(error.message);
        }
      },
      replaceFile: (id) => {
        replacement.value = id;
      },
      toggle: () => {
        if (shown.peek()) choose(null);
        else choose(last.id ?? tracks.peek()[0]?.id ?? null);
      },
    };
  }, [session]);
  useSignalEffect(() => {
    const id = replacement.value;
    if (id === null || !tracks.value.some((track) => track.id === id)) return;
    // The visitor may have chosen something else meanwhile.
    if (chosen.peek() === LOCAL) subtitles.choose(id);
    forgetFile();
  });
  return subtitles;
}

/** The captions of a provider's own player; null while it has none. */
function useCaptions(session: RoomSession): ReadonlySignal<PlayerCaptions | null> {
  const captions = useSignal<PlayerCaptions | null>(null);
  useSignalEffect(() => {
    const player = session.player.value;
    const read = () => {
      captions.value = player?.captions ?? null;
    };
    read();
    return player?.on("captionschange", read);
  });
  return captions;
}

/** Forgets the visitor's choices when the room plays something else. */
function useForget(session: RoomSession, forget: () => void): void {
  const source = useComputed(() => JSON.stringify(session.state.value?.source ?? null));
  const first = useRef(true);
  useSignalEffect(() => {
    void source.value;
    if (!first.current) forget();
    first.current = false;
  });
}

/** Reloads the tracks if the host shows one that we do not know yet. */
function useRoomsTrack(session: RoomSession): void {
  const asked = useRef<string | null>(null);
  useSignalEffect(() => {
    const track = session.state.value?.subtitle ?? null;
    const playable = session.playable.value;
    if (track === null || playable === null || track === asked.current) return;
    if (playable.subtitles.some(({ id }) => id === track)) return;
    asked.current = track;
    session.refreshSubtitles();
  });
}

function notLoaded(): void {
  notify(t("The subtitles could not be loaded. Check your connection."));
}

interface Look {
  offset: Signal<number>;
  style: Signal<SubtitleStyle>;
  freePx: ReadonlySignal<number>;
}

function useDrawn(
  session: RoomSession,
  shown: ReadonlySignal<Track | null>,
  { offset, style, freePx }: Look,
): void {
  const drawn = useMemo(() => signal<DrawnSubtitles | null>(null), []);
  const player = session.player.value;
  // Most films are watched without subtitles, so the code is loaded when they are first shown.
  const wanted = useSignal(false);
  useSignalEffect(() => {
    if (shown.value !== null) wanted.value = true;
  });
  const isWanted = wanted.value;
  useEffect(() => {
    const element = player?.element;
    if (!isWanted || !(element instanceof HTMLVideoElement)) return;
    let gone = false;
    import("../../subtitles/drawn").then(({ DrawnSubtitles }) => {
      if (gone) return;
      const expired = () => session.refreshSubtitles();
      drawn.value = new DrawnSubtitles(element, { expired, lost: notLoaded });
    }, notLoaded);
    return () => {
      gone = true;
      drawn.value?.dispose();
      drawn.value = null;
    };
  }, [player, isWanted]);
  useSignalEffect(() => {
    drawn.value?.show(shown.value as Linked | null);
  });
  useSignalEffect(() => drawn.value?.setOffset(offset.value));
  useSignalEffect(() => drawn.value?.keepFree(freePx.value, SIZES[style.value.size]));
}
