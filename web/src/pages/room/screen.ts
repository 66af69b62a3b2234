// How the room fills the window: as a page, as a theatre, or the whole screen.

import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";

export interface Screen {
  /** What goes fullscreen: the video, with the chat beside it if that is shown. */
  room: RefObject<HTMLDivElement | null>;
  /** The video fills the window, and the header is gone. */
  theatre: Signal<boolean>;
  full: Signal<boolean>;
  /** Whether a theatre would be larger; who is in one can leave it. */
  hasTheatre: ReadonlySignal<boolean>;
  /** Whether people and chat are shown beside it, in theatre mode and fullscreen. */
  beside: Signal<boolean>;
  /** Messages that came while the chat was not to be seen. */
  unread: Signal<number>;
  toggleTheatre(): void;
  /** `video` is for iPhones, which allow fullscreen only for a <video>, with their own controls. */
  toggleFull(video: Element | null): Promise<void>;
}

/**
 * A phone on its side: the film fills it, and the chat comes when it is asked for. While their
 * keyboards are up, standing phones are as low, but narrower; tablets are wider.
 */
const ON_ITS_SIDE =
  "(min-width: 600px) and (max-width: 1000px) and (max-height: 500px) and (pointer: coarse)";

/** A phone that stands has no more room for the video. */
const HAS_ROOM = "(min-width: 600px)";

interface PhoneVideo extends Element {
  webkitEnterFullscreen?: () => void;
}

export function useScreen(): Screen {
  const room = useRef<HTMLDivElement>(null);
  const theatre = useSignal(false);
  const full = useSignal(false);
  const beside = useSignal(false);
  const unread = useSignal(0);
  const hasRoom = useSignal(matchMedia(HAS_ROOM).matches);
  const hasTheatre = useComputed(() => !full.value && (hasRoom.value || theatre.value));
  useEffect(() => {
    const wide = matchMedia(HAS_ROOM);
    const read = () => {
      hasRoom.value = wide.matches;
    };
    wide.addEventListener("change", read);
    return () => wide.removeEventListener("change", read);
  }, []);
  useEffect(() => {
    const read = () => {
      full.value = document.fullscreenElement !== null;
    };
    document.addEventListener("fullscreenchange", read);
    return () => document.removeEventListener("fullscreenchange", read);
  }, []);
  useEffect(() => {
    const side = matchMedia(ON_ITS_SIDE);
    const turn = () => {
      if (theatre.peek() === side.matches) return;
      theatre.value = side.matches;
      beside.value = false;
    };
    if (side.matches) turn();
    side.addEventListener("change", turn);
    return () => side.removeEventListener("change", turn);
  }, []);
  return useMemo(
    () => ({
      ...{ room, theatre, full, hasTheatre, beside, unread },
      toggleTheatre: () => {
        theatre.value = !theatre.peek();
        // A theatre keeps the chat, unless the visitor wants it away.
        beside.value = theatre.peek();
      },
      toggleFull: async (video: PhoneVideo | null) => {
        if (document.fullscreenElement) await document.exitFullscreen();
        else if (room.current?.requestFullscreen) {
          beside.value = false;
          await room.current.requestFullscreen();
        } else video?.webkitEnterFullscreen?.();
      },
    }),
    [],
  );
}
