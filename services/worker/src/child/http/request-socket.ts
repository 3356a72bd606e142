import { EventEmitter } from 'node:events';
import net from 'node:net';
import type { Exchange } from './exchange.ts';
import { type Outgoing, takeNeedDrain } from './node-internals.ts';
import { ResponseWire } from './response-wire.ts';

type WriteCallback = (error?: Error | null) => void;

/** What stream helpers (`finished`, `pipeline`) read of a socket's two halves. */
class HalfState {
  corked = 0;
  ended = false;
  finished = false;
  endEmitted = false;
  destroyed = false;
  closed = false;
  errored: Error | null = null;
  errorEmitted = false;
  needDrain = false;
  readable = true;
  writable = true;
}

/**
 * The socket of one request, as an app sees it: a `net.Socket` by its prototype, with none of its cost.
 *
 * - What is written to it is HTTP/1.1 and becomes frames (ResponseWire); nothing is ever read from it, the body comes through the request.
 * - Write callbacks run on the next tick, or when credit for what was written has come; 'drain' as in net.Socket.
 * - `destroy` before the response is complete breaks the client's connection.
 */
export class RequestSocket extends EventEmitter {
  readonly exchange: Exchange;
  readonly server: unknown;
  readonly _server: unknown;
  readonly parser = null;
  readonly connecting = false;
  readonly allowHalfOpen = true;
  _httpMessage: Outgoing | null = null;
  _paused = false;
  _hadError = false;
  destroyed = false;
  errored: Error | null = null;
  timeout: number | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;

  readonly #wire: ResponseWire;
  #state: HalfState | undefined = undefined;
  /** Bytes written whose callbacks have not run. */
  #pending = 0;
  #callbacks: WriteCallback | WriteCallback[] | undefined = undefined;
  #isSettling = false;
  #needsDrain = false;
  #isEndWaiting = false;
  /** Body bytes pushed that the app has not asked beyond. */
  #unread = 0;

  constructor(exchange: Exchange) {
    super();
    this.exchange = exchange;
    this.server = exchange.server;
    this._server = exchange.server;
    this.#wire = new ResponseWire(exchange.stream);
  }

  // ---- facts --------------------------------------------------------------------------------------------------

  get remoteAddress(): string | undefined {
    return this.exchange.stream.head.remoteAddress;
  }
  get remotePort(): number | undefined {
    return this.exchange.stream.head.remotePort;
  }
  get remoteFamily(): string | undefined {
    return familyOf(this.exchange.stream.head.remoteAddress);
  }
  get localAddress(): string {
    return this.exchange.stream.head.localAddress;
  }
  get localPort(): number {
    return this.exchange.stream.head.localPort;
  }
  get localFamily(): string {
    return familyOf(this.exchange.stream.head.localAddress);
  }
  /** True behind TLS, else absent as on a net.Socket. */
  get encrypted(): true | undefined {
    return this.exchange.stream.head.encrypted || undefined;
  }
  address(): net.AddressInfo {
    return { address: this.localAddress, family: this.localFamily, port: this.localPort };
  }
  get readable(): boolean {
    return !this.destroyed;
  }
  get writable(): boolean {
    return !this.destroyed;
  }
  /** From the moment of its destruction, as for a net.Socket: 'close' comes later. */
  get closed(): boolean {
    return this.destroyed;
  }
  get readyState(): string {
    return this.destroyed ? 'closed' : 'open';
  }
  get pending(): boolean {
    return false;
  }
  get readableHighWaterMark(): number {
    return this.exchange.server.highWaterMark;
  }
  get writableHighWaterMark(): number {
    return this.exchange.server.highWaterMark;
  }
  get writableLength(): number {
    return this.#pending;
  }
  get bufferSize(): number {
    return this.#pending;
  }
  get readableLength(): number {
    return 0;
  }
  get writableNeedDrain(): boolean {
    return this.#needsDrain;
  }
  get readableEnded(): boolean {
    return false;
  }
  get writableEnded(): boolean {
    return this.destroyed;
  }
  get writableFinished(): boolean {
    return this.destroyed && this.#pending === 0;
  }
  /** The channel batches all writes of a turn, so that the socket behaves as if always corked; saves Node a tick for each write. */
  get writableCorked(): number {
    return 1;
  }
  get _writableState(): HalfState {
    return this.#half();
  }
  get _readableState(): HalfState {
    return this.#half();
  }
  get _handle(): null {
    return null;
  }

  // ---- writing ------------------------------------------------------------------------------------------------

  write(data: string | Uint8Array, encoding?: BufferEncoding | WriteCallback | null, callback?: WriteCallback | null): boolean {
    if (typeof encoding === 'function') return this.write(data, undefined, encoding);
    if (this.destroyed) {
      if (callback) process.nextTick(callback, destroyedError());
      return false;
    }
    this.#pending += data.length;
    this.bytesWritten += data.length;
    if (callback) this.#keep(callback);
    let hasCredit: boolean;
    try {
      hasCredit = this.#wire.write(data, encoding ?? undefined, this._httpMessage);
    } catch (error) {
      this.destroy(error as Error);
      return false;
    }
    if (!this.#isSettling) {
      this.#isSettling = true;
      process.nextTick(settleWrites, this);
    }
    if (this.timeout) this._unrefTimer();
    if (hasCredit && this.#pending < this.writableHighWaterMark) return true;
    this.#needsDrain = true;
    return false;
  }

  #keep(callback: WriteCallback): void {
    if (this.#callbacks === undefined) this.#callbacks = callback;
    else if (typeof this.#callbacks === 'function') this.#callbacks = [this.#callbacks, callback];
    else this.#callbacks.push(callback);
  }

  /** Runs the callbacks of what is on its way; called on the tick after a write and when credit came. */
  settle(): void {
    this.#isSettling = false;
    if (this.destroyed) return;
    const { buffered } = this.exchange.stream;
    if (buffered > 0) {
      this.#pending = buffered;
      return;
    }
    this.#pending = 0;
    if (this.#isEndWaiting) this.exchange.responseEnded();
    this.#runCallbacks(null);
    if (!this.#needsDrain || this.#pending > 0) return;
    this.#needsDrain = false;
    const message = this._httpMessage;
    if (message && !message.finished && message.writableLength === 0 && takeNeedDrain(message)) message.emit('drain');
    this.emit('drain');
  }

  #runCallbacks(error: Error | null): void {
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    if (typeof callbacks === 'function') callbacks(error);
    else if (callbacks) for (const callback of callbacks) callback(error);
  }

  /** Ends the response on the stream, behind what waits for credit. False when it is not complete. */
  endResponse(): boolean {
    this.#isEndWaiting = this.exchange.stream.buffered > 0;
    return this.#isEndWaiting || this.#wire.end();
  }

  cork(): void {}
  uncork(): void {}

  /** The app ends the connection by itself: what it wrote counts as the response if it is a whole one. */
  end(data?: string | Uint8Array | WriteCallback, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): this {
    if (typeof data === 'function') return this.end(undefined, undefined, data);
    if (typeof encoding === 'function') return this.end(data, undefined, encoding);
    if (callback) this.once('finish', callback);
    if (this.destroyed) return this;
    if (data !== undefined && data !== null) this.write(data, encoding);
    this.exchange.endRaw();
    return this;
  }

  destroySoon(): void {
    this.end();
  }

  destroy(error?: Error | null): this {
    this.exchange.destroy(error ?? null);
    return this;
  }

  resetAndDestroy(): this {
    return this.destroy();
  }

  /** Marks the socket dead; callbacks that wait are told on the next tick. */
  markDestroyed(error: Error | null): void {
    this.destroyed = true;
    this.errored = error;
    if (this.timeout) this.#clearTimer();
    if (this.#callbacks) process.nextTick(() => this.#runCallbacks(error ?? destroyedError()));
  }

  #clearTimer(): void {
    // setTimeout does nothing on a destroyed socket, and its timer is out of reach otherwise.
    this.destroyed = false;
    this.setTimeout(0);
    this.destroyed = true;
  }

  // ---- reading: the request's body flows through the request ----------------------------------------------------

  /** Body bytes given to the request; `more` is what its push() answered. */
  passed(bytes: number, more: boolean): void {
    this.bytesRead += bytes;
    if (this.timeout) this._unrefTimer();
    if (more) this.exchange.stream.consumed(bytes);
    else this.#unread += bytes;
  }

  resume(): this {
    if (this.#unread > 0) {
      const bytes = this.#unread;
      this.#unread = 0;
      if (!this.destroyed) this.exchange.stream.consumed(bytes);
    }
    return this;
  }
  pause(): this {
    return this;
  }
  isPaused(): boolean {
    return false;
  }
  read(): null {
    return null;
  }
  setEncoding(): this {
    return this;
  }

  // ---- options that mean nothing on a channel -----------------------------------------------------------------------

  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setDefaultEncoding(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  declare setTimeout: (ms: number, callback?: () => void) => this;
  declare _unrefTimer: () => void;

  /** Called by the timer that net.Socket's setTimeout starts. */
  _onTimeout(): void {
    this.exchange.onTimeout();
  }

  /** Made when somebody looks, and brought up to date then. */
  #half(): HalfState {
    this.#state ??= new HalfState();
    const state = this.#state;
    state.destroyed = this.destroyed;
    state.closed = this.destroyed;
    state.errored = this.errored;
    state.needDrain = this.#needsDrain;
    return state;
  }
}

// `instanceof net.Socket` holds, and what is not defined above (setTimeout and its timer) is net.Socket's; its constructor is not run.
Object.setPrototypeOf(RequestSocket.prototype, net.Socket.prototype);

function settleWrites(socket: RequestSocket): void {
  socket.settle();
}

const familyOf = (address: string): string => (address.includes(':') ? 'IPv6' : 'IPv4');

function destroyedError(): Error {
  return Object.assign(new Error('Cannot call write after a stream was destroyed'), { code: 'ERR_STREAM_DESTROYED' });
}
