import type { Exchange } from './exchange.ts';
import { takeNeedDrain } from './node-internals.ts';
import { ResponseWire } from './response-wire.ts';
import { SocketFacts } from './socket-facts.ts';

/** Where `@baton/sdk` looks for a BodySource. */
const BODY: unique symbol = Symbol.for('baton.body') as never;

type WriteCallback = (error?: Error | null) => void;

/**
 * The socket of one request, as an app sees it: a `net.Socket` by its prototype, with none of its cost.
 *
 * - What is written to it is HTTP/1.1 and becomes frames (ResponseWire); nothing is ever read from it, the body comes through the request.
 * - Write callbacks run on the next tick, or when credit for what was written has come; 'drain' as in net.Socket.
 * - `destroy` before the response is complete breaks the client's connection.
 */
export class RequestSocket extends SocketFacts {
  readonly #wire: ResponseWire;
  /** Bytes written whose callbacks have not run. */
  #pending = 0;
  #callbacks: WriteCallback | WriteCallback[] | undefined = undefined;
  #isSettling = false;
  #needsDrain = false;
  #isEndWaiting = false;
  /** Body bytes pushed that the app has not asked beyond. */
  #unread = 0;

  constructor(exchange: Exchange) {
    super(exchange);
    this.#wire = new ResponseWire(exchange.stream);
  }

  get writableLength(): number {
    return this.#pending;
  }
  get bufferSize(): number {
    return this.#pending;
  }
  get writableNeedDrain(): boolean {
    return this.#needsDrain;
  }
  get writableFinished(): boolean {
    return this.destroyed && this.#pending === 0;
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

  /** The same for an app that ends the socket by hand: nobody waits for 'finish', the channel keeps the order. */
  endRaw(): boolean {
    return this.#wire.end();
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
    this.received(bytes);
    if (more) this.exchange.stream.consumed(bytes);
    else this.#unread += bytes;
  }

  received(bytes: number): void {
    this.bytesRead += bytes;
    if (this.timeout) this._unrefTimer();
  }

  /** For who takes the body past the request. */
  get [BODY](): Exchange {
    return this.exchange;
  }

  resume(): this {
    if (this.#unread > 0) {
      const bytes = this.#unread;
      this.#unread = 0;
      if (!this.destroyed) this.exchange.stream.consumed(bytes);
    }
    return this;
  }

  /** Called by the timer that net.Socket's setTimeout starts. */
  _onTimeout(): void {
    this.exchange.onTimeout();
  }
}

function settleWrites(socket: RequestSocket): void {
  socket.settle();
}

function destroyedError(): Error {
  return Object.assign(new Error('Cannot call write after a stream was destroyed'), { code: 'ERR_STREAM_DESTROYED' });
}
