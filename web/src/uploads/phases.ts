// The phases of an upload, and the actions allowed in each. Pure.

export type Phase =
  /** Waiting. */
  | "queued"
  | "sending"
  /** The connection is lost. It retries by itself. */
  | "waiting"
  /** Everything has been sent, and the server is checking it. */
  | "checking"
  | "paused"
  | "failed"
  /** Started before the page was loaded: the user has to choose the file again. */
  | "lost"
  | "done";

export type UploadAction =
  /** Actions of the user. */
  | "pause"
  | "resume"
  | "retry"
  | "cancel"
  | "find"
  | "dismiss"
  /** Events from the queue and the network. */
  | "begin"
  | "progress"
  | "stall"
  | "sent"
  | "finish"
  | "fail";

/** The phase after an action; null removes the upload from the list. Others are not allowed. */
const NEXT: Record<Phase, Partial<Record<UploadAction, Phase | null>>> = {
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

export function allows(phase: Phase, action: UploadAction): boolean {
  return action in NEXT[phase];
}

/** Returns the phase after `action`; undefined if it is not allowed now. */
export function after(phase: Phase, action: UploadAction): Phase | null | undefined {
  return NEXT[phase][action];
}

/** True while sending or waiting for the server's response. These count as running. */
export function isRunning(phase: Phase): boolean {
  return phase === "sending" || phase === "waiting" || phase === "checking";
}

/** True while leaving the page would interrupt it. */
export function isUnfinished(phase: Phase): boolean {
  return phase === "queued" || isRunning(phase);
}
