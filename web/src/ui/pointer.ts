/** A mouse or the like: by a finger alone nothing is dragged here, nor is there a keyboard. */
export const hasMouse = matchMedia("(any-pointer: fine)");
