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
}

export interface AppliedConfig {
  readonly yaml: string;
  readonly file: string;
}
