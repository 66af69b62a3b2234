import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { useRoom } from "./context";
import { changeVolume } from "./volume";

/** What the bar's buttons and the keys do. */
export interface Controls {
  /** False when the visitor may not control playback. The bar then says why. */
  togglePlay(): boolean;
  skip(seconds: number): boolean;
  toggleMute(): void;
  turnVolume(by: number): void;
  toggleFullscreen(): void;
}

export function useControls(stage: RefObject<HTMLElement | null>): Controls {
  const { session } = useRoom();
  return useMemo(
    () => ({
      togglePlay() {
        if (!session.canControl.value || !session.state.value?.source) return false;
        if (session.playing.value) session.pause();
        else session.play();
        return true;
      },
      skip(seconds) {
        if (!session.canControl.value || !session.state.value?.source) return false;
        const end = session.duration.value ?? Number.POSITIVE_INFINITY;
        session.seek(Math.min(Math.max(session.position.value + seconds, 0), end));
        return true;
      },
      toggleMute() {
        const player = session.player.value;
        player?.setMuted(!player.muted);
      },
      turnVolume(by) {
        const player = session.player.value;
        if (player) changeVolume(player, Math.min(Math.max(player.volume + by, 0), 1));
      },
      toggleFullscreen() {
        void fullscreen(stage.current, session.player.value?.element ?? null);
      },
    }),
    [session, stage],
  );
}

interface PhoneVideo extends Element {
  webkitEnterFullscreen?: () => void;
}

async function fullscreen(stage: HTMLElement | null, video: PhoneVideo | null): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else if (stage?.requestFullscreen) await stage.requestFullscreen();
  // iPhones allow fullscreen only for a <video>, with their own controls.
  else video?.webkitEnterFullscreen?.();
}
