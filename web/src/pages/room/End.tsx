import { useComputed } from "@preact/signals";
import { lazyOver } from "../../ui/lazy";
import { useRoom } from "./context";

/** How long before the end the next video is announced. */
const SOON_S = 10;

const EndCard = lazyOver(async () => (await import("./EndCard")).EndCard);

/** Shows what comes after the film; the code is loaded when the end is near. */
export function End({ onChoose }: { onChoose: () => void }) {
  const { session } = useRoom();
  const isNear = useComputed(() => {
    const duration = session.duration.value;
    return duration !== null && duration - session.position.value <= SOON_S;
  });
  return isNear.value && session.state.value?.source ? <EndCard onChoose={onChoose} /> : null;
}
