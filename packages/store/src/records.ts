/** What Redis holds, as JSON: flat records that only WAS writes. Optional facts are absent, never null. */

/** A worker that was decided and is not gone. `state` is a state of WAS's transition table. */
export interface StoredWorker {
  readonly id: string;
  readonly pool: string;
  /** "shop/1" */
  readonly slot: string;
  readonly generation: number;
  readonly state: string;
  /** '' until it was placed. */
  readonly host: string;
  /** "activation" or "replacement:CHANGE" */
  readonly role: string;
  /** Why the start was decided: "first-request", "crash", "retry", "always-running", "load", … */
  readonly reason: string;
  /** Unix time of the decision, ms. */
  readonly decidedAtMs: number;
  /** Unix time since which it is in `state`, ms. */
  readonly sinceMs: number;
  /** Why it stops, once that is decided; the first cause wins. */
  readonly cause?: string;
  /** Unix time at which its stop was decided, ms. */
  readonly stopDecidedAtMs?: number;
  /** It does not answer: the host skips asking. */
  readonly isForced?: boolean;
}

/** A planned change of who serves a slot: an idle-out now, a recycle later. */
export interface StoredChange {
  readonly id: string;
  readonly kind: 'idle' | 'replace';
  readonly slot: string;
  readonly from: string;
  /** '' = nobody: park. */
  readonly to: string;
  readonly cause: string;
  readonly beganAtMs: number;
  /** "adapterId/channelId" the worker named in its wish; each must stay attached. */
  readonly needs: readonly string[];
  readonly isCommitted: boolean;
  /** Sum of the Handover answers, with the commit. */
  readonly inFlight: number;
}

/** A listener channel and what its blob is. */
export interface StoredChannel {
  readonly adapterId: string;
  readonly channelId: number;
  readonly protocol: string;
  readonly pool: string;
  /** Permission number of the last Open that was accepted; absent before the first. */
  readonly openedWith?: number;
}

export interface StoredPool {
  readonly state: 'started' | 'stopped';
  readonly cause: string;
}

export interface StoredConfig {
  readonly yaml: string;
  readonly file: string;
  readonly appliedAtMs: number;
}

/** Something an operator wants to know. */
export interface StoredEvent {
  /** Given by the stream; absent in what is appended. */
  readonly id?: string;
  readonly atMs: number;
  /** "worker.ready", "pool.stopped", … */
  readonly type: string;
  readonly message: string;
  readonly pool?: string;
  readonly slot?: string;
  readonly worker?: string;
  readonly host?: string;
  readonly generation?: number;
  readonly cause?: string;
}
