/**
 * Every type that crosses the channel package's boundary, in one file.
 *
 * An adapter holds one AdapterSession per (worker process, channel); the worker process holds the other end, a WorkerSession.
 * Calls are synchronous and never throw for a lost link: frames are queued, written in batches once per event-loop turn,
 * kept until acknowledged and sent again after a resume.
 */

import type { RefusedLink } from './identity/refusal.ts';

/** Who a worker process is, as WAS signed it. */
export interface WorkerIdentity {
  readonly workerId: string;
  /** Pool identity: must equal the channel's ACL. */
  readonly poolIdentity: string;
  readonly pool: string;
  /** "shop/1" */
  readonly slot: string;
  readonly generation: number;
  /** The channels it may connect to, as "adapterId/channelId". */
  readonly channels: readonly string[];
  readonly role: 'activation' | `replacement:${string}`;
}

/** What the blob of our own adapters holds (JSON, at most 64 KiB; opaque to WAS). */
export interface ChannelBlob {
  readonly v: 1;
  readonly adapterId: string;
  readonly channelId: number;
  readonly pool: string;
  /** Protocol of the adapter that made it: "http", "tcp", "queue", … What an open frame means depends on it (docs/channel.md). */
  readonly protocol: string;
  /** The application all requests of this channel are for; missing: each request names its own. */
  readonly appKey?: string;
  /** "host:port", tried in order. */
  readonly endpoints: readonly string[];
  /** "host:port" of lanes: the same messages on plain TCP sockets. Tried before `endpoints`, which always work. */
  readonly lanes?: readonly string[];
  /** Shared secret of the channel, sent in the first frame. */
  readonly secret: string;
}

/** Head of a request. `headers` are raw pairs as in IncomingMessage.rawHeaders, latin-1, end-to-end and x-forwarded-* ones included. */
export interface RequestHead {
  /** That of the channel; not sent with each request. */
  readonly protocol: string;
  readonly appKey: string;
  readonly method: string;
  readonly url: string;
  readonly httpVersion: '1.0' | '1.1';
  readonly headers: readonly string[];
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly encrypted: boolean;
  /** Time left for the request, ms; 0 = no limit. */
  readonly deadlineMs: number;
}

/** How the body of a response is delimited for an HTTP/1.1 client. */
export type Framing = 'none' | 'length' | 'chunked' | 'close';

/** Head of a response, final or interim (1xx). */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Header lines "Name: value\r\n…" in latin-1, each with its CRLF; connection, keep-alive and transfer-encoding are left out: `framing` and `close` say the same. */
  readonly headers: string;
  readonly framing: Framing;
  /** The app wants the client's connection closed after this response. */
  readonly close: boolean;
}

/** Why a request was given up. NOT_BEGUN: the worker never started it, it may be moved. */
export type ResetCause =
  | 'NOT_BEGUN'
  | 'CLIENT_CLOSED'
  | 'APP_ABORTED'
  | 'DEADLINE'
  | 'WORKER_DIED'
  | 'LINK_LOST'
  | 'SESSION_CLOSED'
  | 'PROTOCOL'
  | 'TOO_LARGE'
  /** The app reset a connection (tcp, upgraded): its client has to see a RST. */
  | 'CONNECTION_RESET';

/** Times the worker measured, ms since it read the open frame. */
export interface Timings {
  readonly queuedMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** Half of a request that both ends write. */
export interface ByteStream {
  /**
   * Sends body bytes. False: credit is used up, wait for `onCredit` (what was given is kept and sent later).
   * The buffer must not change afterwards, unless `isLent` says that it will: then what is kept is copied. @default false
   */
  write(chunk: Buffer, isLent?: boolean): boolean;
  /** Gives `bytes` of received body back as credit once they were consumed. */
  consumed(bytes: number): void;
  /** Ends the request at once on both ends. */
  reset(cause: ResetCause, text?: string): void;
  /** Bytes accepted by `write` and not yet framed for want of credit. */
  readonly buffered: number;
}

// ---- adapter's end ----------------------------------------------------------------------------------------------

/** The adapter's half of one request. */
export interface RequestStream extends ByteStream {
  readonly id: number;
  /** The body is complete; `trailers` are raw pairs. */
  end(trailers?: readonly string[]): void;
  /** The worker has sent at least one frame for it (then the request is not moved any more). */
  readonly begun: boolean;
}

/**
 * Receives what the worker answers. After `onEnd` or `onReset` nothing more is called, except `onCredit` while the request's own body goes on.
 *
 * - Buffers of `onData` may be kept.
 * - An answer can end before the request's body does: the request then stays open until the caller says `end` or `reset`, or the worker resets it.
 * - Never called from inside `open`: a request that cannot be taken gets `onReset` in a microtask.
 */
export interface ResponseHandler {
  onInterim(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: readonly string[] | undefined, timings: Timings | undefined): void;
  onReset(cause: ResetCause, text: string): void;
  /** Credit came back: `write` may go on. Not called once `end` was. */
  onCredit(): void;
  /** A reset behind the end of the answer, while the request's own half was open: the worker takes no more of it. */
  onDiscard?(cause: ResetCause): void;
}

export type SessionState = 'handshaking' | 'open' | 'suspended' | 'closed';

export interface AdapterSession {
  readonly identity: WorkerIdentity;
  /** The channel it is on, of those of this adapter. */
  readonly channelId: number;
  readonly state: SessionState;
  /** Requests opened here and not ended. */
  readonly inFlight: number;
  /** The worker has said leaving; never to be made eligible again. */
  readonly leaving: boolean;
  /** False: maxStreams or maxRetainedBytes is reached; an `open` now is answered with NOT_BEGUN. Watch `onWritable`. */
  readonly writable: boolean;
  /** Hands a request over: from this call on it is in flight. `ended`: there is no body. */
  open(head: RequestHead, ended: boolean, handler: ResponseHandler): RequestStream;
  /** Of the requests that are open, oldest first, as a copy: for rare looks at what holds a worker. */
  handlers(): ResponseHandler[];
  /** A drain frame behind the last open frame; idempotent while drained. */
  drain(): void;
  /** A resume frame; `open` stays forbidden to the caller until the promise resolves (the worker's acknowledgement). Rejects when the session closes or the worker is told to stop. */
  resume(): Promise<void>;
  /** Answered by the worker's event loop on the path that requests take; resolves with the round trip in ms. */
  ping(signal?: AbortSignal): Promise<number>;
  /** The worker is known to be dead or the channel is closed: every request gets onReset with the cause, a resume is refused. */
  close(cause: 'WORKER_DIED' | 'SESSION_CLOSED', text: string): void;
}

export interface AdapterSessionEvents {
  /** First connect done: identity verified, ping answered. */
  onConnected(session: AdapterSession): void;
  /** Leaving{successor}; '' = none. */
  onLeaving(session: AdapterSession, successor: string): void;
  onSuspended(session: AdapterSession): void;
  onResumed(session: AdapterSession): void;
  /** `writable` is true again after an `open` was refused for it. */
  onWritable?(session: AdapterSession): void;
  /** Final. 'LINK_LOST': the resume limit passed. */
  onClosed(session: AdapterSession, cause: ResetCause, text: string): void;
  /** A link was not let in; no session knows of it. */
  onRefused?(refused: RefusedLink): void;
}

// ---- worker's end -----------------------------------------------------------------------------------------------

/** The worker's half of one request. */
export interface ResponseStream extends ByteStream {
  readonly id: number;
  readonly head: RequestHead;
  /** The open frame said that there is no body. */
  readonly bodyless: boolean;
  interim(head: ResponseHead): void;
  sendHead(head: ResponseHead): void;
  end(trailers?: readonly string[]): void;
}

/** Receives the request's body. After `onReset` nothing more is called. */
export interface RequestHandler {
  /** True, as long as it is: bytes of `onData` are good during the call only, and are not copied for it. @default false: they may be kept */
  readonly borrows?: boolean;
  onData(chunk: Buffer): void;
  onEnd(trailers: readonly string[] | undefined): void;
  onReset(cause: ResetCause, text: string): void;
  onCredit(): void;
}

export interface WorkerSession {
  readonly channel: { readonly adapterId: string; readonly channelId: number; readonly protocol: string };
  readonly state: SessionState;
  readonly inFlight: number;
  /** Told to stop: says leaving once, and acknowledges no resume; opens that were written before the drain frame are taken. */
  leave(successor: string): void;
  /** A drain frame was read and nothing was resumed since. */
  readonly drained: boolean;
  /** Every frame sent is acknowledged. */
  readonly settled: boolean;
  /** It is to be connected, asked once more with a newer token: a dial on its way is kept, one that waits for its turn is made at once. */
  hurry(token: string, proofKey?: string): void;
  close(text: string): void;
}

export interface WorkerSessionEvents {
  /** Return the handler of the request's body, synchronously. */
  onRequest(stream: ResponseStream): RequestHandler;
  /** The adapter asks whether the worker is well; `answer` says that it is, now or later, at most once. Left out: every ping is answered at once. */
  onPing?(answer: () => void): void;
  /** Hello accepted and the first ping answered. */
  onConnected(session: WorkerSession): void;
  onDrain(session: WorkerSession): void;
  onResume(session: WorkerSession): void;
  onSuspended(session: WorkerSession): void;
  /** Something `drained`, `settled` or `inFlight` tells has changed to its calm value. */
  onSettled(session: WorkerSession): void;
  /** Final. `error` says why: refused (CHANNEL_IDENTITY, CHANNEL_VERSION), resume expired, closed by the adapter. */
  onClosed(session: WorkerSession, error: Error): void;
}

// ---- limits -----------------------------------------------------------------------------------------------------

export interface ChannelLimits {
  /** Largest frame payload accepted, bytes. @default 1_048_576 */
  readonly maxFrameBytes: number;
  /** Largest batch accepted, bytes. @default 4_194_304 */
  readonly maxBatchBytes: number;
  /** Data frames are cut to this size, bytes. @default 65_536 */
  readonly dataFrameBytes: number;
  /** Credit of a request in each direction at its start, bytes. @default 262_144 */
  readonly initialCredit: number;
  /** Requests open at once per session. @default 100_000 */
  readonly maxStreams: number;
  /** Body bytes wait here while this many written bytes are not acknowledged, per session. @default 8_388_608 */
  readonly maxUnackedBytes: number;
  /** Past this many unacknowledged bytes a session takes no further request (see AdapterSession.writable). @default 67_108_864 */
  readonly maxRetainedBytes: number;
  /** Time a lost link has to resume, ms. @default 10_000 */
  readonly resumeLimitMs: number;
  /** A worker that has heard nothing for this long asks for a sign of life; silent for as long again, the link is lost, ms. @default 2_000 */
  readonly keepaliveMs: number;
  /** Longest time a batch stays unacknowledged when nothing else is sent, ms. @default 10 */
  readonly ackDelayMs: number;
}
