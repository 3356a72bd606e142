import type { Proof } from '@baton/channel';
import type { ExtensionFigures, LoopDelay, ThreadPoolFigures } from './figures.ts';

/**
 * Every message between a worker host and its child processes, in one file. They travel over Node's IPC channel as JSON.
 *
 * host → child: assign, connect, stop, wishAnswer. child → host: spare, awaiting, preloading, listening, extraListen, connected, disconnected, idle, recycle, unhealthy, stats, log, span, failed, drained.
 *
 * - A child started for an app and a spare are the same program: it loads itself, says `spare` and waits for `assign`; a cold start is an `assign` sent at once.
 * - The child ends by itself after `stop` (exit code 0); the host escalates with signals when it does not.
 * - When the IPC channel closes its host is gone: it goes on serving until another worker has taken over on every link, within bounds (child/orphan.ts).
 */

/** A listener channel by its name. */
export interface ChannelRef {
  readonly adapterId: string;
  readonly channelId: number;
}

/** A channel to dial. */
export interface ChannelToDial extends ChannelRef {
  /** The saved blob as WAS keeps it, base64. */
  readonly blob: string;
  /** Proves the first hello there: the host has the means at hand, a child that starts would have to load them. */
  readonly proof?: Proof;
}

/** Who the worker is, as it shows it to adapters. */
export interface ShownIdentity {
  /** Signed by WAS (EdDSA JWT). */
  readonly token: string;
  /** Private half of the key that the identity names, by which hellos are proved; '' = it names none. */
  readonly proofKey: string;
}

// ---- host → child -----------------------------------------------------------------------------------------------

/** One application that the child hosts. */
export interface AssignedApp {
  readonly appKey: string;
  /** Absolute path of the app's entry. */
  readonly entry: string;
  /** Ports of its http and https bindings: a listen of an HTTP server on one of them takes the binding. */
  readonly ports: readonly number[];
  /** Ports of its tcp and tls bindings: a listen of any server on one of them takes the binding. */
  readonly tcpPorts: readonly number[];
  /** Names of its queue bindings. */
  readonly queues: readonly string[];
  /** Its bindings of protocols of listenerAdapters, as written. */
  readonly otherBindings: readonly string[];
  /** URLs that it answers, in order, before a channel is dialled. */
  readonly preload: readonly string[];
  /** Absolute paths of its modules, in order. */
  readonly modules: readonly string[];
}

/** Slots of the thread pool; 0 = by the machine. */
export interface AssignedThreadPool {
  readonly maxPoolThreads: number;
  readonly poolThreadLimit: number;
}

/** Settings of the pool that the child only tells its apps. */
export interface PoolFacts {
  readonly maxProcesses: number;
  /** 0 = no pings. */
  readonly pingIntervalMs: number;
  readonly pingResponseTimeMs: number;
}

/** What the child is to be; sent once. The apps start with it. */
export interface Assign extends ShownIdentity {
  readonly type: 'assign';
  readonly workerId: string;
  readonly pool: string;
  /** "shop/1" */
  readonly slot: string;
  readonly generation: number;
  /** "activation" or "replacement:RECYCLE" */
  readonly role: string;
  /** At least one; started one after the other, the first as the process's main module. */
  readonly apps: readonly AssignedApp[];
  /** Variables set over the process's own environment, resolved. */
  readonly env: Readonly<Record<string, string>>;
  readonly channels: readonly ChannelToDial[];
  /** Time without a request after which the child wishes to be put away, ms; 0 = never. */
  readonly idleTimeoutMs: number;
  readonly startupTimeLimitMs: number;
  readonly shutdownTimeLimitMs: number;
  /** It must be gone before its successor starts anywhere: without its host it leaves at once. */
  readonly noOverlap: boolean;
  readonly threadPool: AssignedThreadPool;
  readonly facts: PoolFacts;
}

/** Further channels to dial, with an identity that names them. Channels already dialled are left alone. */
export interface Connect extends ShownIdentity {
  readonly type: 'connect';
  readonly channels: readonly ChannelToDial[];
}

/** The stop order: leave every channel, finish what was begun, let the app end, exit 0. A repeated one does nothing. */
export interface Stop {
  readonly type: 'stop';
  /** Worker id of the successor; '' = none. */
  readonly successor: string;
  /** Time for what was begun, ms: after it the app's SIGTERM handlers run in any case. */
  readonly limitMs: number;
  /** Time for the SIGTERM handlers after that, ms: then it is killed. */
  readonly graceMs: number;
  /** "idle", "recycle", "admin", … */
  readonly cause: string;
}

/** What a worker may wish for: to be put away, to be recycled, or to be replaced as one that has failed. */
export type WishName = 'idle' | 'recycle' | 'unhealthy';

/**
 * Answer to `idle` or `recycle`.
 *
 * - idle not granted: queued channels are dialled and the idle clock starts again. Granted: a `stop` follows.
 * - recycle granted: one runs; a `stop` follows when it comes so far.
 * - unhealthy granted: a forced stop follows.
 */
export interface WishAnswer {
  readonly type: 'wishAnswer';
  readonly wish: WishName;
  readonly granted: boolean;
}

export type HostMessage = Assign | Connect | Stop | WishAnswer;

// ---- child → host -----------------------------------------------------------------------------------------------

/** Loaded and waiting for `assign`. */
export interface SpareReady {
  readonly type: 'spare';
}

/** A module is being loaded; or the entries have run, and not everything that bindings ask for is there yet. The last one holds. */
export interface Awaiting {
  readonly type: 'awaiting';
  /** One line for an operator: what the module, or each app, still has to do; '' = nothing in particular. */
  readonly what: string;
  /** What it is when that is not done in time. */
  readonly code: 'MODULE_FAILED' | 'APP_DID_NOT_LISTEN';
}

/** The app listens and is asked for what it shall have answered before it is ready. Once for each URL. */
export interface Preloading {
  readonly type: 'preloading';
  readonly path: string;
}

/** The app listens and has answered what is preloaded; channels are being dialled. */
export interface Listening {
  readonly type: 'listening';
  /** Time from `assign` to here, ms. */
  readonly afterMs: number;
}

/** The app listened on something no binding names; it got a free loopback port instead. */
export interface ExtraListen {
  readonly type: 'extraListen';
  /** "0.0.0.0:9464", "/run/app.sock" */
  readonly wanted: string;
  /** "127.0.0.1:41873" */
  readonly actual: string;
}

/** Identity accepted and first ping answered on this channel. */
export interface Connected extends ChannelRef {
  readonly type: 'connected';
}

/** The session on this channel has ended for good; it is not dialled again unless `connect` names it. */
export interface Disconnected extends ChannelRef {
  readonly type: 'disconnected';
  /** One line for an operator. */
  readonly reason: string;
}

/** The wish to be put away, said once; the host repeats it to WAS. From here to `wishAnswer` no further channel is dialled. */
export interface Idle {
  readonly type: 'idle';
  readonly connected: readonly ChannelRef[];
  readonly idleMs: number;
}

/** The app wishes for a fresh process in its place. Not said again before it is answered; the host repeats it to WAS. */
export interface Recycle {
  readonly type: 'recycle';
  /** For operators, one line. */
  readonly reason: string;
}

/** It was pinged, and the app had said that it is not well: the ping stays without an answer. Once; the host repeats it to WAS. */
export interface Unhealthy {
  readonly type: 'unhealthy';
  /** For operators, one line. */
  readonly reason: string;
}

/** A line of Baton's own for the host's log. */
export interface Log {
  readonly type: 'log';
  readonly level: 'info' | 'warn' | 'error';
  /** One line for an operator. */
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An overlapped operation of a sampled request has ended. */
export interface Span {
  readonly type: 'span';
  /** "overlapped read", "overlapped write". */
  readonly name: string;
  /** Of the request, W3C. */
  readonly traceparent: string;
  /** Unix ms. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly bytes: number;
  /** A number of winerror.h; 0 = none. */
  readonly error: number;
}

/** Each second when something changed. */
export interface Stats {
  readonly type: 'stats';
  readonly requestsServed: number;
  readonly inFlight: number;
  readonly rssBytes: number;
  /** Missing: nothing was going on. */
  readonly loopDelay?: LoopDelay;
  /** Missing: the app uses none. */
  readonly threadPool?: ThreadPoolFigures;
  /** Missing: no app is an extension. */
  readonly extensions?: ExtensionFigures;
}

/** The app did not become a server; the process exits 1 after it. */
export interface Failed {
  readonly type: 'failed';
  readonly code:
    | 'APP_DID_NOT_LISTEN'
    | 'APP_THREW'
    | 'APP_EXITED'
    | 'ENTRY_NOT_FOUND'
    | 'PRELOAD_FAILED'
    | 'MODULE_FAILED'
    | 'EXTENSION_FAILED'
    | 'APP_CRASHED';
  /** One line for an operator. */
  readonly message: string;
}

/** A planned stop is done; the process exits 0 after it. */
export interface Drained {
  readonly type: 'drained';
  /** Requests still in flight when the limit passed; 0 when drained. */
  readonly unfinished: number;
}

export type ChildMessage =
  | SpareReady
  | Awaiting
  | Preloading
  | Listening
  | ExtraListen
  | Connected
  | Disconnected
  | Idle
  | Recycle
  | Unhealthy
  | Log
  | Span
  | Stats
  | Failed
  | Drained;
