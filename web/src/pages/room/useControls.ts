import { useMemo } from "preact/hooks";
import { t } from "../../language/t";
import { useRoom } from "./context";
import { flash } from "./Flash";
import type { Screen } from "./screen";
import { changeVolume } from "./volume";

/** The actions of the bar's buttons and the keys. */
export interface Controls {
  /** Returns false if the visitor may not control playback; the bar then explains why. */
  togglePlay(): boolean;
  setPlaying(on: boolean): boolean;
  skip(seconds: number): boolean;
  toggleMute(): void;
  turnVolume(by: number): void;
  toggleFullscreen(): void;
  toggleTheatre(): void;
  togglePictureInPicture(): void;
}

export function useControls(screen: Screen): Controls {
  const { session } = useRoom();
  return useMemo(() => {
    const setPlaying = (on: boolean) => {
      if (!session.canControl.value || !session.state.value?.source) return false;
      if (on) session.play();
      else session.pause();
      return true;
    };
    return {
      setPlaying,
      togglePlay: () => setPlaying(!session.playing.value),
      skip(seconds) {
        if (!session.canControl.value || !session.state.value?.source) return false;
        session.skip(seconds);
        return true;
      },
      toggleMute() {
        const player = session.player.value;
        player?.setMuted(!player.muted);
      },
      turnVolume(by) {
        const player = session.player.value;
        if (!player?.traits.volume) return;
        // Start from 0 if it is muted, because that is what the visitor hears.
        const volume = Math.min(Math.max((player.muted ? 0 : player.volume) + by, 0), 1);
        changeVolume(player, volume);
        flash(t("Volume {{round}} %", { round: Math.round(volume * 100) }));
      },
      toggleFullscreen() {
        void screen.toggleFull(session.player.value?.element ?? null);
      },
      toggleTheatre: screen.toggleTheatre,
      togglePictureInPicture() {
        void pictureInPicture(session.player.value?.element);
      },
    };
  }, [session, screen]);
}

/** Whether the video can leave the page; only one of our own players can. */
export function canLeave(element: Element | undefined): element is HTMLVideoElement {
  return document.pictureInPictureEnabled && element instanceof HTMLVideoElement;
}

async function pictureInPicture(element: Element | undefined): Promise<void> {
  if (document.pictureInPictureElement) await document.exitPictureInPicture();
  else if (canLeave(element)) await element.requestPictureInPicture();
}
