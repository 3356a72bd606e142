import type { WorkerRecord } from '../worker/record.ts';

/** What the host reported of a process, beside the decided record. */
export interface WorkerView {
  /** The last state its host reported since it attached to this leader; undefined: nothing yet. */
  reported: 'starting' | 'connecting' | 'connected' | 'stopping' | undefined;
  pid: number;
  /** "adapterId/channelId" it is connected on. */
  connected: ReadonlySet<string>;
  startedAtMs: number;
  isFromSpare: boolean;
  extraListens: readonly { readonly wanted: string; readonly actual: string }[];
  requestsServed: number;
  inFlight: number;
  rssBytes: number;
}

/** The last order of a worker, so that it is repeated and not multiplied. */
export interface LastOrder {
  readonly verb: 'start' | 'stop' | 'kill';
  readonly jobId: string;
  readonly atMs: number;
}

/** A worker of the cluster. */
export interface Worker {
  record: WorkerRecord;
  view: WorkerView;
  lastOrder: LastOrder | undefined;
  /** Of its start, W3C; '' = it is not traced, or part of a recycle. */
  traceparent: string;
  /** When this leader last told it of a channel, by channel. */
  toldAtMs: Map<string, number>;
  /** When it was last seen to have lost a channel it was connected on; Unix time, ms. */
  lostAtMs: Map<string, number>;
  /** What a recycle was asked for already, so that a failed one is not asked for again. */
  askedFor: Set<string>;
  /** A host reported it and Redis did not know it: the report may be newer than Redis. */
  isAdopted: boolean;
  /** Why placement found no host; told to operators once per reason. */
  waitsFor: string;
  /** Unix time at which it became ready, ms; undefined: not yet. */
  readyAtMs: number | undefined;
}

export function newWorker(record: WorkerRecord, isAdopted = false): Worker {
  const view: WorkerView = {
    reported: undefined,
    pid: 0,
    connected: new Set(),
    startedAtMs: record.decidedAtMs,
    isFromSpare: false,
    extraListens: [],
    requestsServed: 0,
    inFlight: 0,
    rssBytes: 0,
  };
  return {
    record,
    view,
    lastOrder: undefined,
    traceparent: '',
    toldAtMs: new Map(),
    lostAtMs: new Map(),
    askedFor: new Set(),
    isAdopted,
    waitsFor: '',
    readyAtMs: undefined,
  };
}
