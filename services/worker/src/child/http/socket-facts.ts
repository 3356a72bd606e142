import { EventEmitter } from 'node:events';
import net from 'node:net';
import type { Exchange } from './exchange.ts';
import { HalfState, OPEN_HALF } from './half-state.ts';
import type { Outgoing } from './node-internals.ts';

/**
 * What an app can read of a request's socket, and the options that mean nothing on a channel.
 *
 * `instanceof net.Socket` holds by the prototype below; what is not defined here (setTimeout and its timer) is net.Socket's, whose constructor is not run.
 */
export abstract class SocketFacts extends EventEmitter {
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

  constructor(exchange: Exchange) {
    super();
    this.exchange = exchange;
    this.server = exchange.server;
    this._server = exchange.server;
  }

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
  get readableLength(): number {
    return 0;
  }
  get readableEnded(): boolean {
    return false;
  }
  get writableEnded(): boolean {
    return this.destroyed;
  }
  /** The channel batches all writes of a turn, so that the socket behaves as if always corked; saves Node a tick for each write. */
  get writableCorked(): number {
    return 1;
  }
  get _writableState(): HalfState {
    return this.destroyed ? new HalfState(true, this.errored) : OPEN_HALF;
  }
  get _readableState(): HalfState {
    return this.destroyed ? new HalfState(true, this.errored) : OPEN_HALF;
  }
  get _handle(): null {
    return null;
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
}

Object.setPrototypeOf(SocketFacts.prototype, net.Socket.prototype);

const familyOf = (address: string): string => (address.includes(':') ? 'IPv6' : 'IPv4');
