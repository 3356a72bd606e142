import { STATUS_CODES } from 'node:http';
import { END, FLUSH_HEADERS, WRITE } from './app-operation.ts';
import { HOSTED, nativeOf, PLACEHOLDER, type RawResponse } from './raw-response.ts';

type Callback = (error?: Error | null) => void;
type Chunk = string | Uint8Array | null | undefined;

/**
 * Puts the functions below on one response, under whatever the app and its libraries will put there: from here on each write, end and flush of the app
 * asks the context's response first.
 *
 * - They are the same functions for all responses and find their state by the HOSTED symbol.
 * - Informational heads (1xx) are let through: they come before the head, and nothing waits before the head.
 */
export function installCapture(res: RawResponse): void {
  res.writeHead = writeHead as RawResponse['writeHead'];
  res._implicitHeader = implicitHeader;
  res.flushHeaders = flushHeaders;
  res.write = write as RawResponse['write'];
  res.end = end as RawResponse['end'];
}

/** The same for a response that is the app's no more: whatever it says is taken and dropped. */
export function installDiscard(res: RawResponse): void {
  res._implicitHeader = implicitHeader;
  installHeadless(res);
  res.addTrailers = ignore;
  res.write = discardWrite as RawResponse['write'];
  res.end = discardEnd as RawResponse['end'];
  // A library that kept Node's own write would make it say that the response has ended.
  res.on('error', ignore);
}

/**
 * For a response whose head a module has sent: an app gives one of its own, and knows nothing of that. Node would throw at each header, and the app, which
 * has done nothing wrong, would end its process by it.
 */
export function installHeadless(res: RawResponse): void {
  res.writeHead = returnThis;
  res.setHeader = returnThis;
  res.appendHeader = returnThis;
  res.setHeaders = returnThis;
  res.removeHeader = ignore;
  res.flushHeaders = ignore;
  res.writeContinue = ignore;
  res.writeProcessing = ignore;
  res.writeEarlyHints = ignore;
}

/** ServerResponse.writeHead: takes the head's parts, and leaves the rendering to the moment it goes out. */
function writeHead(this: RawResponse, statusCode: number, reason?: unknown, fields?: unknown): RawResponse {
  const output = this[HOSTED]!.output;
  if (output.isDropping) return this;
  const code = statusCode | 0;
  const isRefused =
    this._header !== null || code < 100 || code > 999 || (typeof reason === 'string' && /[^\t\x20-\x7e\x80-\xff]/.test(reason));
  // Node says what is wrong with it.
  if (isRefused) return nativeOf(this).writeHead.call(this, statusCode, reason as never) as RawResponse;
  if (typeof reason === 'string') this.statusMessage = reason;
  else {
    this.statusMessage ||= STATUS_CODES[code] ?? 'unknown';
    fields ??= reason;
  }
  this.statusCode = code;
  if (Array.isArray(fields)) takeList(this, fields);
  else if (fields) for (const [name, value] of Object.entries(fields)) if (name) nativeOf(this).setHeader.call(this, name, value);
  this._header = PLACEHOLDER;
  output.giveHead();
  return this;
}

/** A flat list of names and values, or one of pairs. */
function takeList(res: RawResponse, fields: readonly unknown[]): void {
  const flat = Array.isArray(fields[0]) ? fields.flat(1) : fields;
  // Node says what is wrong with it.
  if (flat.length % 2 !== 0) nativeOf(res).writeHead.call(res, res.statusCode, flat as never);
  for (let index = 0; index < flat.length; index += 2) nativeOf(res).removeHeader.call(res, flat[index] as string);
  for (let index = 0; index < flat.length; index += 2)
    nativeOf(res).appendHeader.call(res, flat[index] as string, flat[index + 1] as string);
}

/** Node asks for the head by this: the app's, as libraries may see it, or the rendered one when it goes out. */
function implicitHeader(this: RawResponse): void {
  if (this[HOSTED]!.output.isHeadOut) nativeOf(this).writeHead.call(this, this.statusCode);
  else this.writeHead(this.statusCode);
}

function flushHeaders(this: RawResponse): void {
  const output = this[HOSTED]!.output;
  if (output.isDropping || output.isHeadOut) return;
  if (!this._header) this._implicitHeader();
  output.operate(FLUSH_HEADERS, null, undefined, undefined);
}

function write(this: RawResponse, chunk: Chunk, encoding?: BufferEncoding | Callback | null, callback?: Callback): boolean {
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  const output = this[HOSTED]!.output;
  if (output.isDropping) {
    if (callback) process.nextTick(callback, null);
    return true;
  }
  // What Node refuses it refuses at once, with its own error.
  if (this.finished || this.destroyed || !isData(chunk))
    return nativeOf(this).write.call(this, chunk, encoding as BufferEncoding, callback as Callback);
  if (!this._header) this._implicitHeader();
  return output.operate(WRITE, chunk, encoding, callback);
}

function end(this: RawResponse, chunk?: Chunk | Callback, encoding?: BufferEncoding | Callback | null, callback?: Callback): RawResponse {
  if (typeof chunk === 'function') {
    callback = chunk;
    chunk = null;
    encoding = null;
  } else if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  const output = this[HOSTED]!.output;
  if (output.isDropping) {
    if (callback) process.nextTick(callback, null);
    return this;
  }
  if (this.finished || this.destroyed || (chunk && !isData(chunk))) {
    // Held back, it has not ended for Node yet: a second end says so without an error, as Node's own would.
    if (this.finished && !chunk && output.isHolding) {
      if (callback) this.once('finish', callback as () => void);
      return this;
    }
    return nativeOf(this).end.call(this, chunk, encoding as BufferEncoding, callback as () => void) as RawResponse;
  }
  if (!this._header) this._implicitHeader();
  output.operate(END, chunk, encoding, callback);
  return this;
}

const isData = (chunk: unknown): chunk is string | Uint8Array => typeof chunk === 'string' || chunk instanceof Uint8Array;

function returnThis<T>(this: T): T {
  return this;
}

function ignore(): void {}

function discardWrite(this: RawResponse, _chunk: Chunk, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
  const done = typeof encoding === 'function' ? encoding : callback;
  if (done) process.nextTick(done, null);
  return true;
}

function discardEnd(this: RawResponse, ...args: unknown[]): RawResponse {
  const done = args.find((argument) => typeof argument === 'function') as Callback | undefined;
  if (done) process.nextTick(done, null);
  return this;
}
