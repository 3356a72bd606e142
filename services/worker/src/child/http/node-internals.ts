import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { http } from './node-http.ts';

/**
 * The parts of Node's http module that have no public name, gathered in one file.
 *
 * Baton builds real IncomingMessage and ServerResponse objects without a parser and a connection. Node keeps a few facts of them under symbols;
 * they are looked up once, and a Node that moved one of them fails here, at load, and not in a request.
 */
function symbolOf(owner: object, description: string): symbol {
  const found = Object.getOwnPropertySymbols(owner).find((symbol) => symbol.description === description);
  if (!found) throw new Error(`Node ${process.version} has no symbol ${description}; Baton is built for Node 24`);
  return found;
}

const probe = new http.Server();

const incomingMessageKey = symbolOf(probe, 'IncomingMessage');
const serverResponseKey = symbolOf(probe, 'ServerResponse');
const uniqueHeadersKey = symbolOf(probe, 'kUniqueHeaders');
const optimizeEmptyKey = symbolOf(probe, 'OptimizeEmptyRequestsOption');
const needDrainKey = symbolOf(new http.OutgoingMessage(), 'kNeedDrain');
const detachSignalKey = symbolOf(http.IncomingMessage.prototype, 'kDetachAbortSignal');

/** Node's own listener of 'connection' on every http.Server: it would parse, and there is nothing to parse here. */
export const nodeConnectionListener = probe.listeners('connection')[0];

/** IncomingMessage with the fields that Node's parser sets. */
export interface Incoming extends IncomingMessage {
  httpVersionMajor: number;
  httpVersionMinor: number;
  joinDuplicateHeaders: unknown;
  upgrade: boolean | null;
  _consuming: boolean;
  _dumped: boolean;
  _eventsCount: number;
  _readableState: { resumeScheduled: boolean };
  _addHeaderLines(headers: readonly string[], count: number): void;
  _dump(): void;
  _dumpAndCloseReadable(): void;
  _read(): void;
}

/** ServerResponse with the fields that Node's server sets and reads. */
export interface Outgoing extends ServerResponse {
  chunkedEncoding: boolean;
  readonly _header: string | null;
  readonly _hasBody: boolean;
  readonly _last: boolean;
  readonly _contentLength: number | null;
  readonly _defaultKeepAlive: boolean;
  readonly _removedContLen: boolean;
  _removedConnection: boolean;
  _sent100: boolean;
  _expect_continue: boolean;
  _closed: boolean;
  _keepAliveTimeout: number;
  destroyed: boolean;
}

/** http.Server (or https.Server) with the counters of net.Server. */
export interface HttpServer extends Server {
  _connections: number;
  _handle: unknown;
  _emitCloseIfDrained(): void;
  highWaterMark: number;
  shouldUpgradeCallback(request: IncomingMessage): boolean;
  joinDuplicateHeaders: unknown;
  rejectNonStandardBodyWrites: boolean;
}

interface Keyed {
  [key: symbol]: unknown;
}

/** The class of requests this server was created with. */
export const incomingClass = (server: HttpServer): (new (socket: unknown) => Incoming) =>
  (server as unknown as Keyed)[incomingMessageKey] as new (
    socket: unknown,
  ) => Incoming;

/** The class of responses this server was created with. */
export const responseClass = (server: HttpServer): (new (request: Incoming, options: object) => Outgoing) =>
  (server as unknown as Keyed)[serverResponseKey] as new (
    request: Incoming,
    options: object,
  ) => Outgoing;

/** Gives a response the server's `uniqueHeaders` option. */
export function shareUniqueHeaders(server: HttpServer, response: Outgoing): void {
  const unique = (server as unknown as Keyed)[uniqueHeadersKey];
  if (unique) (response as unknown as Keyed)[uniqueHeadersKey] = unique;
}

/** The server's `optimizeEmptyRequests` option. */
export const optimizesEmptyRequests = (server: HttpServer): boolean => (server as unknown as Keyed)[optimizeEmptyKey] === true;

/** Takes the note that somebody waits for 'drain'; true when there was one. */
export function takeNeedDrain(response: Outgoing): boolean {
  const keyed = response as unknown as Keyed;
  if (keyed[needDrainKey] !== true) return false;
  keyed[needDrainKey] = false;
  return true;
}

/** Ends `request.signal`'s interest in the socket: the response is out. */
export function detachSignal(request: Incoming): void {
  const detach = (request as unknown as Keyed)[detachSignalKey];
  if (typeof detach === 'function') detach.call(request);
}
