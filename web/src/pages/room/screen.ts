// How the room is shown: as a page, in theatre mode, or fullscreen.

import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";

export interface Screen {
  /** The element that goes fullscreen: the video, and the chat if it is shown. */
  room: RefObject<HTMLDivElement | null>;
  /** The video fills the window, and the header is hidden. */
  theatre: Signal<boolean>;
  full: Signal<boolean>;
  /** Whether theatre mode would make the video larger, or is on and can be left. */
  hasTheatre: ReadonlySignal<boolean>;
  /** Whether people and chat are shown next to it in theatre mode and fullscreen. */
  beside: Signal<boolean>;
  /** The number of messages that arrived while the chat was hidden. */
  unread: Signal<number>;
  toggleTheatre(): void;
  /** `video` is for iPhones, where only a <video> can be fullscreen, with the system's controls. */
  toggleFull(video: Element | null): Promise<void>;
}

/**
 * A phone in landscape: the film fills the screen, and the chat is opened on demand. With the
 * keyboard open, phones in portrait are as low but narrower, and tablets are wider.
 */
const ON_ITS_SIDE =
  "(min-width: 600px) and (max-width: 1000px) and (max-height: 500px) and (pointer: coarse)";

/** On a phone in portrait, theatre mode would not make the video larger. */
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
        // Theatre mode starts with the chat, fullscreen without.
        beside.value = theatre.peek();
      },
      toggleFull: async (video: PhoneVideo | null) => {
        if (document.fullscreenElement) await document.exitFullscreen();
        else if (room.current?.requestFullscreen) {
          beside.value = false;
          // A browser may refuse, for example to a page in a frame. Then nothing changes.
          await room.current.requestFullscreen().catch(() => {});
        } else video?.webkitEnterFullscreen?.();
      },
    }),
    [],
  );
}
