import type { AssignedApp, AssignedThreadPool, ChannelRef, PoolFacts } from '../messages.ts';

/** A channel as an order names it. */
export interface OrderedChannel extends ChannelRef {
  /** Opaque bytes that WAS keeps for its adapter, base64. */
  readonly blob: string;
  /** Its adapter has no stream to WAS: it is dialled and not waited for. */
  readonly isDetached: boolean;
}

/** One value of a pool's environmentVariables: given as it is, or to be found on this host. */
export type EnvironmentValue = { readonly literal: string } | { readonly fromEnv: string } | { readonly fromFile: string };

/** One application of the pool; its entry and modules are relative to the host's app root, or absolute and inside it. */
export type OrderedApp = AssignedApp;

/** Run one more worker process. */
export interface StartVerb {
  readonly type: 'start';
  /** At least one, in the order in which they start. */
  readonly apps: readonly OrderedApp[];
  /** "activation" or "replacement:RECYCLE" */
  readonly role: string;
  readonly token: string;
  /** Private half of the key that the identity names (Ed25519, 32 bytes in base64url); '' = it names none. */
  readonly proofKey: string;
  readonly channels: readonly OrderedChannel[];
  readonly startupTimeLimitMs: number;
  readonly shutdownTimeLimitMs: number;
  /** 0 = never. */
  readonly idleTimeoutMs: number;
  readonly environment: Readonly<Record<string, EnvironmentValue>>;
  /** It must be gone before another host may be asked to start its successor. */
  readonly noOverlap: boolean;
  /** W3C trace context of the recycle or activation; '' = not traced. */
  readonly traceparent: string;
  readonly threadPool: AssignedThreadPool;
  readonly facts: PoolFacts;
}

/** End a worker process. */
export interface StopVerb {
  readonly type: 'stop';
  /** Worker id of the one that takes over; '' = none. */
  readonly successor: string;
  readonly limitMs: number;
  /** "idle", "recycle", "admin", "shutdown", "unhealthy", "surplus" */
  readonly cause: string;
  /** Known to be unresponsive: do not ask, signal. */
  readonly force: boolean;
}

/** Dial further channels. */
export interface ConnectVerb {
  readonly type: 'connect';
  readonly token: string;
  /** As at the start, unless WAS has lost that one. */
  readonly proofKey: string;
  readonly channels: readonly OrderedChannel[];
}

/** What the leader wants of one worker; orders of a slot are numbered within an epoch. */
export interface Order {
  readonly epoch: number;
  readonly number: number;
  /** Unix time after which it is dropped, ms; 0 = never. */
  readonly deadlineMs: number;
  readonly slot: string;
  readonly pool: string;
  readonly workerId: string;
  readonly generation: number;
  readonly verb: StartVerb | StopVerb | ConnectVerb;
}
