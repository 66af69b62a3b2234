/** Matches if there is a mouse or similar. Touch alone means no file dragging and no keyboard. */
export const hasMouse = matchMedia("(any-pointer: fine)");
