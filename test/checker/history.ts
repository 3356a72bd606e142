// Why it exists: whether a hand-over lost or doubled anything is judged from the outside, by what a run left behind, and by none of the code that did it.

/** An event of WAS, as `baton event list --json` prints it; what does not apply is empty or 0. */
export interface EventRecord {
  readonly atMs: number;
  /** "worker.ready", "recycle.begun", … */
  readonly type: string;
  readonly pool: string;
  readonly slot: string;
  readonly worker: string;
  readonly generation: number;
  readonly host: string;
  readonly cause: string;
  readonly message: string;
  /** Id of the recycle it belongs to. */
  readonly recycle: string;
  /** "ADAPTER/CHANNEL" */
  readonly channel: string;
  readonly from: string;
  readonly to: string;
  readonly inFlight: number;
}

/** A request of an adapter's access log. Lines come in the order in which requests ended. */
export interface RequestLine {
  readonly kind: 'request';
  readonly atMs: number;
  readonly requestId: string;
  readonly path: string;
  readonly status: number;
  readonly error: string;
  readonly pool: string;
  readonly slot: string;
  readonly worker: string;
  readonly generation: number;
  /** Counted by the adapter when the request was handed to its worker; 0 = it never was. */
  readonly n: number;
}

/** A switch of eligibility, from the same counter: what was handed over before it has a lower n. */
export interface SwitchLine {
  readonly kind: 'handover';
  readonly atMs: number;
  readonly pool: string;
  /** "ADAPTER/CHANNEL" */
  readonly channel: string;
  readonly slot: string;
  /** Empty: no recycle asked for it. */
  readonly recycle: string;
  readonly from: string;
  /** Empty: nobody, new work is parked. */
  readonly to: string;
  readonly inFlight: number;
  readonly n: number;
}

export type LogLine = RequestLine | SwitchLine;

/** What one process of an adapter wrote, from its start to its end. */
export interface AdapterLog {
  readonly adapter: string;
  readonly lines: readonly LogLine[];
  /** It was killed: its last lines may be missing. */
  readonly isCut: boolean;
}

/** A receipt, as `baton recycle show --json` prints it. */
export interface ReceiptRecord {
  readonly id: string;
  readonly pool: string;
  readonly slot: string;
  readonly cause: string;
  readonly outcome: string;
  readonly oldWorker: string;
  readonly newWorker: string;
  readonly oldGeneration: number;
  readonly newGeneration: number;
  readonly startedAtMs: number;
  /** 0: it runs. */
  readonly endedAtMs: number;
  readonly inFlightAtHandover: number;
  readonly finished: number;
  readonly moved: number;
  readonly replayed: number;
  readonly failed: number;
  readonly isIncomplete: boolean;
}

/** A worker that WAS knows. */
export interface WorkerFact {
  readonly id: string;
  readonly slot: string;
  readonly generation: number;
  readonly state: string;
  readonly host: string;
  readonly pid: number;
}

/** A worker process that the machine has. */
export interface ProcessFact {
  readonly pid: number;
  readonly worker: string;
  readonly generation: number;
}

/** What is there when the run is over and nothing moves any more. */
export interface FinalState {
  readonly workers: readonly WorkerFact[];
  readonly processes: readonly ProcessFact[];
  /** Hosts that are attached. */
  readonly hosts: readonly string[];
}

/** Everything a run left behind. */
export interface History {
  readonly events: readonly EventRecord[];
  readonly adapters: readonly AdapterLog[];
  readonly receipts: readonly ReceiptRecord[];
  /** Pools with disallowOverlappingRotation during the whole run. @default none */
  readonly noOverlap?: readonly string[];
  /** Absent: the run was looked at while it went on, and nothing is said about what is left over. */
  readonly final?: FinalState;
}

/** The rules, by what a broken one is called. */
export type RuleName =
  | 'one eligible worker'
  | 'nothing for the drained'
  | 'every recycle ends'
  | 'receipts add up'
  | 'answers were obeyed'
  | 'generations rise'
  | 'no early commit'
  | 'no early stop'
  | 'every worker has an owner'
  | 'no overlap';

export interface Violation {
  readonly rule: RuleName;
  /** What was expected and what was found, with the ids. */
  readonly message: string;
}
