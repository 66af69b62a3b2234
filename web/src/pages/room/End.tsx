import { useComputed } from "@preact/signals";
import { lazyOver } from "../../ui/lazy";
import { useRoom } from "./context";

/** From so long before the end on, what is next is told. */
const SOON_S = 10;

const EndCard = lazyOver(async () => (await import("./EndCard")).EndCard);

/** What comes after the film; its code is loaded when the end is near. */
export function End() {
  const { session } = useRoom();
  const isNear = useComputed(() => {
    const duration = session.duration.value;
    return duration !== null && duration - session.position.value <= SOON_S;
  });
  return isNear.value && session.state.value?.source ? <EndCard /> : null;
}
