/** Times and bounds of the leader that no operator sets, each with its reason. */
export const LIMITS = {
  /** A lease not renewed for this long is free; a standby takes over within it. */
  leaseMs: 5_000,
  leaseRenewMs: 1_000,
  /** A channel counts as attached this long after its adapter's stream was lost (handover.md, Words). */
  channelGraceMs: 5_000,
  /** A host that was silent this long is lost (handover.md, Presence), but never within the same time of a take-over or of Redis coming back. */
  hostLostMs: 5_000,
  /** Orders not confirmed by a report are derived again after this time. */
  orderRepeatMs: 1_000,
  /** A worker that was told of a channel and is not connected there is told again after this time; it dials by itself meanwhile. */
  connectRepeatMs: 5_000,
  /** A host drops an order that is older. */
  orderDeadlineMs: 30_000,
  /**
   * An adapter that was not ready for a Handover is asked again after this time. Short, because the usual reason is a pong under way: the
   * worker reports its connection when it has answered the first ping, the adapter counts it when it has read that answer.
   */
  handoverRepeatMs: 20,
  /** An adapter that does not answer a Handover for this long has to register anew: its stream is ended. */
  handoverSilenceMs: 15_000,
  /** An idle-out that no adapter prevents is over in milliseconds; one that takes longer is off. */
  idleOutLimitMs: 10_000,
  /** A receipt waits this long for the last reports of adapters after the old worker is gone. */
  reportWaitMs: 5_000,
  /** The host's own limits come first, their message is better; the leader's only catch a host that does not act. */
  limitSlackMs: 2_000,
  /** First and longest delay before a failed start is tried again. */
  retryFirstMs: 200,
  retryMaxMs: 30_000,
  /** Crashes in a row this soon after ready count as failing; up to `quickCrashes` of them are replaced without delay. */
  quickCrashMs: 5_000,
  quickCrashes: 3,
  /**
   * A replacement takes work for this long before a rollout goes on to the next slot. What dies of its first requests, or of what it opens once
   * it listens, dies within it; and it makes an apply that much longer for each slot but the last.
   */
  rolloutSettleMs: 1_000,
  /** A host that lacks an app's entry is not asked again for this time. */
  avoidHostMs: 30_000,
  /** A worker for which no host answers is forgotten after this time. */
  orphanKeepMs: 600_000,
  /** An attached adapter is waited for this long until it acknowledges the new identity of a pool. */
  acknowledgeMs: 5_000,
  /** An adapter that does not close the channels of a pool it needs no more is waited for this long once their work has ended. */
  closeSilenceMs: 5_000,
  /** A key is published so long before it signs: an adapter has read it before any worker shows it a token of it. */
  keyAheadMs: 2_000,
  /** Keys that are good at once; adapters read 64 at most. */
  maxKeys: 32,
  /** Tells apart what is a cluster's own from what a stranger made up. */
  maxChannelsPerAdapter: 10_000,
  /** Every wait of the leader is looked at again at least this often. */
  tickMs: 1_000,
} as const;
