/**
 * The rules of the protocol that a reader could think unnecessary, each of which can be switched off to see what breaks.
 * docs/handover.md marks the text that each belongs to.
 */
export const RULES = {
  /** A roll-back sends a resume frame before new work goes to the old worker again, */
  resumeFrame: true,
  /** and waits for the worker to acknowledge it; a worker told to stop never does. */
  resumeAcked: true,
  /** A roll-back waits for adapters that were asked and have not answered. */
  rollAwaitsAsked: true,
  /** A worker told to stop says leaving{successor}, and exits only when it has read a drain frame on every link. */
  leaving: true,
  /** A worker that has said leaving is never made eligible again. */
  leavingIsNotReady: true,
  /** `from` dead before the commit: the recycle goes on. Dead while it is rolled back: nothing is given back. */
  fromMayDie: true,
  /** A new leader counts every saved channel as attached until it has waited for it. */
  graceAtTakeover: true,
  /** At registration an adapter reports who is eligible; WAS sends Handover wherever that is not the serving worker. */
  reconcile: true,
  /** An activation that connects after it was drained here, or below a higher generation, is not made eligible. */
  lateConnect: true,
  /** A link that resumes sends again what the other end has not got. */
  replayFrames: true,
  /** An answer repeats the recycle's id, and WAS ignores one of another recycle. */
  answersNamed: true,
  /** A repeated Handover is answered with the number of the first time. */
  rememberAnswer: true,
  /** A host compares epochs again in the step that enters the order. */
  checkAtEntry: true,
  /** No idle-out while the worker has a link on a channel that is not attached. */
  idleNeedsAll: true,
  /** A worker that has said it is idle dials no further channel until its wish is answered. */
  idleDialsNothing: true,
  /** An adapter with permission opens when no *connected* worker is eligible. */
  openUnlessConnected: true,
  /** A leader whose order ends as stale steps down. */
  staleStepsDown: true,
  /** Nobody is stopped while an attached adapter has it eligible. */
  stopAfterSwitch: true,
  /** No recycle begins or commits with no channel attached. */
  needsAttached: true,
  /** Permission to open is numbered: an Open that names another number than the present one starts nothing. */
  permissionNumbered: true,
  /** Not part of the protocol: an adapter without WAS whose eligible worker died takes the highest live one. */
  fallback: false,
};

export type Rules = typeof RULES;

/** Errors put in on purpose, to see that the checker finds them. */
export type Bug =
  /** A replacement is eligible as soon as it connects. */
  | 'eligible-on-connect'
  /** The commit is written when the first adapter has answered. */
  | 'commit-before-all'
  /** The Handover of an idle-out does not say onlyIfIdle. */
  | 'idle-without-onlyIfIdle'
  /** An order's job id is never removed, and has no epoch in it. */
  | 'job-ids-survive'
  /** A host compares an order only with the highest epoch it has met. */
  | 'host-checks-only-seen'
  /** An adapter obeys what is left of the stream of an older epoch. */
  | 'adapter-obeys-old-leader'
  /** Parked work is written to the eligible worker although it is not connected. */
  | 'deliver-unconnected';
