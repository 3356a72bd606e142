/**
 * What the admin API answers, in the JSON form of proto/baton/admin/v1: times ISO 8601, durations in ms and sizes in bytes with the unit in the name.
 * Every field is present, except times that did not happen.
 */

export interface Status {
  readonly clusterId: string;
  readonly epoch: number;
  readonly startedAt?: string;
  readonly ready: boolean;
  readonly redisConnected: boolean;
  readonly version: string;
  readonly pools: readonly Pool[];
  readonly workers: readonly Worker[];
  readonly hosts: readonly Host[];
  readonly adapters: readonly Adapter[];
}

export interface Adapter {
  readonly id: string;
  readonly protocol: string;
  readonly pid: number;
  readonly attached: boolean;
  readonly registeredAt?: string;
}

export interface Pool {
  readonly name: string;
  readonly state: 'started' | 'stopped' | 'failing';
  readonly startMode: string;
  readonly maxProcesses: number;
  readonly workers: number;
  readonly parked: number;
  readonly inFlight: number;
  readonly requestsTotal: number;
  readonly apps: readonly string[];
  /** Why it is stopped or failing; else empty. */
  readonly cause: string;
  /** The pool's settings as applied: `PoolConfig` of @baton/config. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Ids of the recycles that run in its slots. */
  readonly recycles: readonly string[];
  /** Absent when every worker has the settings that hold. */
  readonly rollout?: Rollout;
}

/** How far changed settings have come among the workers of a pool. */
export interface Rollout {
  /** kept: disallowRotationOnConfigChange keeps the workers as they are. */
  readonly state: 'running' | 'stopped' | 'kept';
  /** Workers that have the settings that hold. */
  readonly done: number;
  readonly workers: number;
  /** Stopped: where, why, and by which recycle; else empty. */
  readonly slot: string;
  readonly cause: string;
  readonly recycleId: string;
  readonly begunAt?: string;
}

export interface App {
  readonly name: string;
  readonly pool: string;
  readonly entry: string;
  readonly bindings: readonly string[];
  readonly urls: readonly string[];
  readonly version: string;
}

export interface Worker {
  readonly id: string;
  readonly pool: string;
  /** "shop/1" */
  readonly slot: string;
  readonly host: string;
  readonly pid: number;
  readonly generation: number;
  readonly state: string;
  readonly startedAt?: string;
  readonly uptimeMs: number;
  readonly requestsServed: number;
  readonly inFlight: number;
  readonly rssBytes: number;
  /** Further listens of the app: "127.0.0.1:9464 for :9100". */
  readonly extraPorts: readonly string[];
  readonly fromSpare: boolean;
}

export interface Host {
  readonly id: string;
  readonly advertise: string;
  readonly pid: number;
  readonly state: 'attached' | 'lost';
  readonly workers: number;
  readonly capacity: number;
  readonly spares: number;
  readonly freeMemoryBytes: number;
  readonly lastHeartbeatAt?: string;
}

export interface Channel {
  readonly protocol: string;
  readonly pool: string;
  readonly channelId: number;
  readonly adapter: string;
  readonly blobBytes: number;
  readonly connectedWorkers: readonly string[];
  readonly attached: boolean;
}

/** A key that signs the identities of workers, or did. */
export interface Key {
  readonly id: string;
  /** next: adapters have it, and it signs from `signsFrom` on; previous: it checks until `goodUntil`. */
  readonly state: 'next' | 'current' | 'previous';
  readonly createdAt?: string;
  readonly signsFrom?: string;
  readonly goodUntil?: string;
}

export interface Event {
  readonly id: string;
  readonly at?: string;
  /** "worker.ready", "pool.stopped", … */
  readonly type: string;
  readonly pool: string;
  readonly worker: string;
  readonly host: string;
  readonly cause: string;
  readonly message: string;
  readonly generation: number;
  readonly slot: string;
  /** The recycle, or another Handover, that it belongs to; else empty. */
  readonly recycle: string;
  /** handover.done: "ADAPTER/CHANNEL", from whom to whom, with how many requests in flight; else empty. */
  readonly channel: string;
  readonly from: string;
  readonly to: string;
  readonly inFlight: number;
}

export interface ConfigChange {
  readonly path: string;
  readonly action: string;
  readonly from: string;
  readonly to: string;
  readonly effect: string;
}

export interface ApplyResult {
  readonly changes: readonly ConfigChange[];
  /** False after a dry run. */
  readonly applied: boolean;
  /** Pools whose workers are recycled because of it, slot by slot. */
  readonly recyclingPools: readonly string[];
}

export interface AppliedConfig {
  readonly yaml: string;
  readonly file: string;
}

/** The receipt of one recycle of one slot, as it runs and after it; null is what is not there yet, or never came to be. */
export interface Recycle {
  readonly id: string;
  readonly pool: string;
  readonly slot: string;
  /** "onDemand", "configChange", "time", "requests", "schedule", "app", … */
  readonly cause: string;
  /** "admin", "schedule", "worker w3", … */
  readonly requestedBy: string;
  readonly reason: string;
  /** failed: the old worker was kept, or died. */
  readonly outcome: 'running' | 'completed' | 'failed';
  /** Why it failed; else empty. */
  readonly failure: string;
  readonly oldWorker: string | null;
  readonly newWorker: string | null;
  readonly oldHost: string | null;
  readonly newHost: string | null;
  readonly oldGeneration: number | null;
  readonly newGeneration: number | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  /** From the first adapter's hand-over to the end of the old worker's last request. */
  readonly overlapMs: number | null;
  readonly inFlightAtHandover: number | null;
  readonly finished: number;
  readonly moved: number;
  readonly replayed: number;
  readonly failed: number;
  /** Longest wait that it caused a request. */
  readonly longestHoldMs: number | null;
  /** An adapter's last report did not come in time. */
  readonly incomplete: boolean;
  readonly traceId: string | null;
  /** What keeps the old worker from ending, oldest first, at most 20. */
  readonly holders: readonly RecycleHolder[];
  /** All of them. */
  readonly holderCount: number;
  /** While the old worker drains: since when (Unix ms), and how long what was begun may take. */
  readonly draining: { readonly sinceMs: number; readonly limitMs: number } | null;
  /** Why it has not begun yet. */
  readonly waitsFor: string | null;
}

export interface RecycleHolder {
  /** "request", "websocket", "upgrade", "tcp", "job", or the protocol. */
  readonly kind: string;
  readonly app: string;
  readonly what: string;
  /** Address of the client; empty for a job. */
  readonly client: string;
  /** How long the worker has had it. */
  readonly forMs: number;
}

export interface RecycleAnswer {
  /** One for each slot that has a worker; none for an idle pool. */
  readonly recycleIds: readonly string[];
  /** Of a dry run: what would keep it from beginning, or from ending soon. */
  readonly holds: readonly string[];
  /** Slots that cannot be recycled now, when others can; when none can, the call fails. */
  readonly refusals: readonly RecycleRefusal[];
}

export interface RecycleRefusal {
  /** "shop/2" */
  readonly slot: string;
  /** Of docs/errors.md. */
  readonly code: string;
  readonly message: string;
}
