import net from 'node:net';
import { Duplex } from 'node:stream';
import type { RequestHandler, ResetCause, ResponseStream } from '@baton/channel';
import { enterApp } from '../app-scope.ts';

type WriteCallback = (error?: Error | null) => void;

export interface ChannelSocketOptions {
  /** Whose connection it is: `socket.server`. */
  readonly server: net.Server | undefined;
  /** As in net.createServer; http.Server has it set. */
  readonly allowHalfOpen: boolean;
  readonly highWaterMark: number;
  /** Takes what the app writes, for protocols that begin with a head. @default the stream itself */
  readonly wire?: SocketWire;
  /** Called once, when the socket is closed for both ends. */
  readonly onClosed: (socket: ChannelSocket) => void;
}

/** Between a socket and its stream. */
export interface SocketWire {
  /** False: credit is used up. Throws for what may not be written. */
  write(data: Buffer): boolean;
  /** False: what was written may not end here. */
  end(): boolean;
}

/**
 * A connection of a channel as the app's `net.Socket`: tcp and upgraded ones. One half of the stream is its readable side, the other its writable side.
 *
 * - A Duplex with net.Socket's prototype below it: `instanceof` holds, and what is not defined here (setTimeout, destroySoon) is net.Socket's, whose
 *   constructor is not run.
 * - `end` is a FIN, `destroy` closes the client's connection behind what was sent, `resetAndDestroy` resets it; a client that resets is ECONNRESET.
 * - What is read becomes credit when the app asks for more, so a paused socket stalls its own client and no other.
 */
export class ChannelSocket extends Duplex {
  /** What `onRequest` returns for the stream. */
  readonly handler: RequestHandler;
  readonly server: net.Server | undefined;
  /** Null: Node would count its connections by it, which the owner does. */
  readonly _server = null;
  readonly _parent = null;
  readonly parser = null;
  readonly connecting = false;
  readonly pending = false;
  timeout: number | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #stream: ResponseStream;
  readonly #wire: SocketWire;
  readonly #onClosed: (socket: ChannelSocket) => void;
  /** Bytes pushed that the app has not asked beyond. */
  #unread = 0;
  /** Of a write that waits for credit. */
  #waiting: WriteCallback | undefined = undefined;
  #resetCause: ResetCause = 'APP_ABORTED';
  /** The stream ended by a reset of either side. */
  #isReset = false;
  #isRemoteEnded = false;
  #isLocalEnded = false;

  constructor(stream: ResponseStream, options: ChannelSocketOptions) {
    super({ allowHalfOpen: options.allowHalfOpen, highWaterMark: options.highWaterMark, emitClose: false, decodeStrings: true });
    this.#stream = stream;
    this.#wire = options.wire ?? bareWire(stream);
    this.#onClosed = options.onClosed;
    this.server = options.server;
    if (!options.allowHalfOpen) this.on('end', nodeEndListener());
    this.handler = {
      onData: (chunk) => enterApp(this.#receive, this, chunk),
      onEnd: () => enterApp(this.#receiveEnd, this, undefined),
      onReset: (cause) => enterApp(this.#receiveReset, this, cause),
      onCredit: () => enterApp(this.#proceed, this, undefined),
    };
  }

  // ---- facts ----------------------------------------------------------------------------------------------------

  get remoteAddress(): string {
    return this.#stream.head.remoteAddress;
  }
  get remotePort(): number {
    return this.#stream.head.remotePort;
  }
  get remoteFamily(): string {
    return familyOf(this.#stream.head.remoteAddress);
  }
  get localAddress(): string {
    return this.#stream.head.localAddress;
  }
  get localPort(): number {
    return this.#stream.head.localPort;
  }
  get localFamily(): string {
    return familyOf(this.#stream.head.localAddress);
  }
  /** True behind TLS, else absent as on a net.Socket. */
  get encrypted(): true | undefined {
    return this.#stream.head.encrypted || undefined;
  }
  address(): net.AddressInfo {
    return { address: this.localAddress, family: this.localFamily, port: this.localPort };
  }
  get readyState(): string {
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }
  get bufferSize(): number {
    return this.writableLength;
  }
  get _handle(): null {
    return null;
  }

  /**
   * As of any emitter; 'connect' comes at once. Node's TLS takes a net.Socket without a handle for one that is not connected yet, and writes nothing
   * before that event: `new TLSSocket(socket)`, and so every tls.Server.
   */
  override once(event: string | symbol, listener: (...args: never[]) => void): this {
    super.once(event, listener as () => void);
    if (event === 'connect') process.nextTick(() => this.emit('connect'));
    return this;
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  #receive(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    if (this.destroyed) return;
    if (this.timeout) this._unrefTimer();
    if (this.push(chunk)) this.#stream.consumed(chunk.length);
    else this.#unread += chunk.length;
  }

  override _read(): void {
    if (this.#unread === 0) return;
    const bytes = this.#unread;
    this.#unread = 0;
    this.#stream.consumed(bytes);
  }

  #receiveEnd(): void {
    this.#isRemoteEnded = true;
    if (this.destroyed) return;
    this.push(null);
    // As in net.Socket: nobody may be reading, and the end has to be noticed.
    this.read(0);
  }

  #receiveReset(cause: ResetCause): void {
    this.#isReset = true;
    this.destroy(cause === 'DEADLINE' ? timedOut() : connectionReset());
  }

  // ---- writing --------------------------------------------------------------------------------------------------

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    if (this.timeout) this._unrefTimer();
    this.bytesWritten += chunk.length;
    try {
      if (this.#wire.write(chunk) || this.#stream.buffered === 0) callback();
      else this.#waiting = callback;
    } catch (error) {
      callback(error as Error);
    }
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: WriteCallback): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'latin1', callback);
  }

  /** Credit came. */
  #proceed(): void {
    const callback = this.#waiting;
    this.#waiting = undefined;
    if (this.timeout) this._unrefTimer();
    callback?.();
  }

  override _final(callback: WriteCallback): void {
    this.#isLocalEnded = this.#wire.end();
    if (!this.#isLocalEnded) this.destroy();
    callback();
  }

  // ---- the end --------------------------------------------------------------------------------------------------

  override destroy(error?: Error): this {
    if (this.destroyed) return this;
    const { timeout } = this;
    // net.Socket keeps its timer under a symbol; setTimeout does nothing once the socket is destroyed.
    if (timeout) this.setTimeout(0);
    this.timeout = timeout;
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const isOver = this.#isReset || (this.#isLocalEnded && this.#isRemoteEnded);
    if (!isOver) this.#stream.reset(this.#resetCause, error?.message);
    this.#waiting = undefined;
    callback(error);
    setImmediate(() => enterApp(this.#close, this, error !== null));
  }

  #close(hadError: boolean): void {
    this.emit('close', hadError);
    this.#onClosed(this);
  }

  resetAndDestroy(): this {
    this.#resetCause = 'CONNECTION_RESET';
    return this.destroy();
  }

  // ---- options that mean nothing on a channel -------------------------------------------------------------------

  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  connect(): never {
    throw new Error('this socket is connected already');
  }

  declare setTimeout: (ms: number, callback?: () => void) => this;
  declare destroySoon: () => void;
  declare _unrefTimer: () => void;
}

Object.setPrototypeOf(ChannelSocket.prototype, net.Socket.prototype);

function bareWire(stream: ResponseStream): SocketWire {
  const end = (): true => {
    stream.end();
    return true;
  };
  return { write: (data) => stream.write(data), end };
}

let endListener: (() => void) | undefined;

/** Node's own listener of 'end' on every net.Socket: without half-open, what is written behind the peer's end is EPIPE. */
function nodeEndListener(): () => void {
  endListener ??= new net.Socket().listeners('end')[0] as () => void;
  return endListener;
}

const familyOf = (address: string): string => (address.includes(':') ? 'IPv6' : 'IPv4');

/** As Node reports a connection that its peer has reset. */
function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { errno: -104, code: 'ECONNRESET', syscall: 'read' });
}

function timedOut(): Error {
  return Object.assign(new Error('read ETIMEDOUT'), { errno: -110, code: 'ETIMEDOUT', syscall: 'read' });
}
