// What an upload may be doing, and what can be done to it; pure.

export type Phase =
  /** Waits for its turn. */
  | "queued"
  | "sending"
  /** The connection is lost; it is tried again by itself. */
  | "waiting"
  /** Everything is sent, the server looks at it. */
  | "checking"
  | "paused"
  | "failed"
  /** Begun before the page was loaded: the file has to be chosen once more. */
  | "lost"
  | "done";

export type Act =
  /** Of the user. */
  | "pause"
  | "resume"
  | "retry"
  | "cancel"
  | "find"
  | "dismiss"
  /** Of the queue and the network. */
  | "begin"
  | "progress"
  | "stall"
  | "sent"
  | "finish"
  | "fail";

/** The phase after an act; null: the upload is off the list. What is not here may not be. */
const NEXT: Record<Phase, Partial<Record<Act, Phase | null>>> = {
  queued: { begin: "sending", pause: "paused", cancel: null },
  sending: {
    progress: "sending",
    stall: "waiting",
    sent: "checking",
    finish: "done",
    fail: "failed",
    pause: "paused",
    cancel: null,
  },
  waiting: {
    progress: "sending",
    stall: "waiting",
    sent: "checking",
    finish: "done",
    fail: "failed",
    pause: "paused",
    cancel: null,
  },
  checking: {
    sent: "checking",
    progress: "sending",
    stall: "waiting",
    finish: "done",
    fail: "failed",
    cancel: null,
  },
  paused: { resume: "queued", cancel: null },
  failed: { retry: "queued", cancel: null },
  lost: { find: "queued", cancel: null },
  done: { dismiss: null },
};

export function allows(phase: Phase, act: Act): boolean {
  return act in NEXT[phase];
}

/** Returns the phase after `act`; undefined when it may not be done now. */
export function after(phase: Phase, act: Act): Phase | null | undefined {
  return NEXT[phase][act];
}

/** True while bytes or the server's answer are under way: these count as running. */
export function isRunning(phase: Phase): boolean {
  return phase === "sending" || phase === "waiting" || phase === "checking";
}

/** True while leaving the page would interrupt it. */
export function isUnfinished(phase: Phase): boolean {
  return phase === "queued" || isRunning(phase);
}
