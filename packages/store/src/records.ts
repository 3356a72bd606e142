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
  /** The settings it was started with, as a short text that equals that of equal settings; absent: not known. */
  readonly settings?: string;
  /**
   * The key by which it proves that its identity is its own (Ed25519, each half 32 bytes, base64url): every leader gives it the same one.
   * Absent: not known.
   */
  readonly proofKeys?: { readonly privateKey: string; readonly publicKey: string };
  /** Unix time of the decision, ms. */
  readonly decidedAtMs: number;
  /** Unix time since which it is in `state`, ms. */
  readonly sinceMs: number;
  /** Why it stops, once that is decided; the first cause wins. */
  readonly cause?: string;
  /** Unix time at which its stop was decided, ms. */
  readonly stopDecidedAtMs?: number;
  /** What was begun may take this long after the stop order, ms; absent: the pool's shutdownTimeLimit. */
  readonly stopLimitMs?: number;
  /** It does not answer: the host skips asking. */
  readonly isForced?: boolean;
  /** The replacement of a recycle that failed: it will never serve. */
  readonly isRejected?: boolean;
}

/**
 * A planned change of who serves a slot.
 *
 * - idle: the worker has nothing to do and goes.
 * - replace: a recycle with overlap; the replacement runs beside the old worker until the commit.
 * - park: a recycle without overlap; work waits until the old worker has ended and the next one runs.
 */
export interface StoredChange {
  /** Of a recycle: also the id of its receipt. */
  readonly id: string;
  readonly kind: 'idle' | 'replace' | 'park';
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

/** One phase of a recycle. */
export interface StoredPhase {
  readonly name: 'placing' | 'starting' | 'connecting' | 'handover' | 'draining' | 'stopping';
  /** Unix time, ms. */
  readonly beganAtMs: number;
  /** How long it took; absent while it runs. */
  readonly ms?: number;
}

/** What one channel said of a recycle. Counts are of requests that its Handover found in flight on the old worker. */
export interface StoredShare {
  /** Of its first answer. */
  readonly inFlight: number;
  /** Unix time of that answer, ms. */
  readonly doneAtMs: number;
  /** Answered, or left by their client. */
  readonly finished: number;
  /** Not begun: written to another worker. */
  readonly moved: number;
  readonly replayed: number;
  readonly failed: number;
  /** Longest wait that this recycle caused a request there. */
  readonly longestHoldMs: number;
  /** Unix time at which the last of them ended; 0 = none has. */
  readonly lastEndedAtMs: number;
  /** Its last report has come, or none is to come. */
  readonly isFinal: boolean;
}

/** A recycle of one slot, as it runs and after it (handover.md, "Receipts"). Replaced, never changed. */
/** Work that is still on the old worker of a recycle, on one channel. */
export interface StoredHolders {
  /** Oldest first, the first of them only. */
  readonly first: readonly StoredHolder[];
  /** All of them. */
  readonly count: number;
}

export interface StoredHolder {
  /** "request", "websocket", "upgrade", "tcp", "job", or the protocol. */
  readonly kind: string;
  readonly app: string;
  /** "GET /feed", "tcp://*:9000", "orders/17" */
  readonly what: string;
  /** Address of the client; '' = there is none. */
  readonly client: string;
  /** Unix time at which the worker got it, ms. */
  readonly sinceMs: number;
}

export interface StoredReceipt {
  readonly id: string;
  readonly pool: string;
  readonly slot: string;
  /** The first cause: "onDemand", "configChange", "time", "app", … */
  readonly cause: string;
  /** "admin", "schedule", "worker w3", … */
  readonly requestedBy: string;
  readonly reason: string;
  readonly outcome: 'running' | 'completed' | 'failed';
  /** What becomes of it, once that is known; it is the outcome when the last reports have come. */
  readonly result?: 'completed' | 'failed';
  /** Why it failed. */
  readonly failure?: string;
  /** '' while nobody is known. */
  readonly oldWorker: string;
  readonly newWorker: string;
  readonly oldHost: string;
  readonly newHost: string;
  /** 0 while nobody is known. */
  readonly oldGeneration: number;
  readonly newGeneration: number;
  /** Unix time at which it was asked for, ms. */
  readonly startedAtMs: number;
  /** Unix time at which its change began, ms; absent: it waits for its turn. */
  readonly begunAtMs?: number;
  /** Unix time at which its result was known, ms. */
  readonly endedAtMs?: number;
  readonly phases: readonly StoredPhase[];
  /** How long the old worker may take to drain, ms; absent before the commit. */
  readonly drainLimitMs?: number;
  /** What keeps it from ending, by "adapterId/channelId", as reported last; absent: nothing was reported, or it has ended. */
  readonly holders?: Readonly<Record<string, StoredHolders>>;
  /** By "adapterId/channelId". */
  readonly shares: Readonly<Record<string, StoredShare>>;
  /** First Handover done to the old worker's last work ended, ms; absent while unknown, and where none was handed over. */
  readonly overlapMs?: number;
  /** The last report of an attached adapter did not come in time. */
  readonly isIncomplete: boolean;
  /** Of its span, W3C; absent: not traced. */
  readonly traceparent?: string;
}

/** New settings on their way to the workers of a pool. */
export interface StoredRollout {
  readonly pool: string;
  /** Which settings; see StoredWorker. */
  readonly settings: string;
  /** stopped: a replacement failed, or a worker with these settings died. */
  readonly state: 'running' | 'stopped';
  readonly beganAtMs: number;
  /** The recycle that runs for it, or that stopped it, and its slot; '' = none. */
  readonly recycleId: string;
  readonly slot: string;
  /** Why it stopped; '' while it runs. */
  readonly cause: string;
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

/** A key whose signatures on worker identities are good. The private half is with the leader that made it, and nowhere else. */
export interface StoredKey {
  readonly kid: string;
  /** JWK, JSON. */
  readonly publicJwk: string;
  readonly createdAtMs: number;
  /** Unix time from which it signs, ms. */
  readonly signsFromMs: number;
  /** Unix time until which it checks, ms; absent while it signs or will. */
  readonly goodUntilMs?: number;
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
  /** Id of a recycle, or of another Handover. */
  readonly recycle?: string;
  /** "adapterId/channelId" */
  readonly channel?: string;
  /** Worker ids of a Handover; '' = nobody. */
  readonly from?: string;
  readonly to?: string;
  /** Requests that a Handover found in flight. */
  readonly inFlight?: number;
}
