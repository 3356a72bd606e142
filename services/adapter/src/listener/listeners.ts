import type { Limits } from '@baton/adapter-kit';
import { BatonError } from '@baton/core';
import type { Exchange } from '../forward/exchange.ts';
import type { Fault } from '../log/fault-line.ts';
import { type ListenAddress, listenKey } from '../route/listen-plan.ts';
import type { TlsContexts } from '../tls/contexts.ts';
import { HttpListener } from './http-listener.ts';

export interface ListenersOptions {
  readonly reusePort: boolean;
  readonly now: () => number;
  readonly tls: TlsContexts;
  readonly forward: (exchange: Exchange, listener: HttpListener) => void;
  readonly log: (exchange: Exchange) => void;
  readonly logFault: (fault: Fault) => void;
  /** A connection has ended. */
  readonly onConnectionClosed: () => void;
  /** A port could not be opened; tried again at the next change. */
  readonly onFault: (error: BatonError, where: string) => void;
}

/** The public ports of an adapter. A change of bindings opens what is new before it closes what is gone; connections outlive their port. */
export class Listeners {
  private readonly open = new Map<string, HttpListener>();
  /** No longer listening, with connections that go on. */
  private readonly retired = new Set<HttpListener>();
  private readonly options: ListenersOptions;
  private change: Promise<void> = Promise.resolve();
  private isDraining = false;

  constructor(options: ListenersOptions) {
    this.options = options;
  }

  /** Makes the open ports those of `wanted`, one change after the other. Rejects with the first failure; what could be opened is open then. */
  apply(wanted: readonly ListenAddress[], limitsOf: (port: number) => Limits): Promise<void> {
    const change = this.change.then(() => this.applyNow(wanted, limitsOf));
    this.change = change.catch(() => {});
    return change;
  }

  private async applyNow(wanted: readonly ListenAddress[], limitsOf: (port: number) => Limits): Promise<void> {
    const faults: BatonError[] = [];
    const keys = new Set(wanted.map(listenKey));
    const gone = [...this.open].filter(([key]) => !keys.has(key));
    // Every address and one address of a port exclude each other: where both change, the old has to go first.
    for (const [key, listener] of gone) if (wanted.some(({ port }) => port === listener.bindingPort)) this.retire(key, listener);
    for (const address of wanted) {
      const listener = this.open.get(listenKey(address)) ?? (await this.start(address, faults));
      listener?.setLimits(limitsOf(address.port));
    }
    for (const [key, listener] of gone) this.retire(key, listener);
    this.drainUnbound(wanted, limitsOf);
    if (faults[0]) throw faults[0];
  }

  private async start(address: ListenAddress, faults: BatonError[]): Promise<HttpListener | undefined> {
    if (this.isDraining) return undefined;
    const listener = new HttpListener({ ...address, ...this.options });
    try {
      await listener.open();
    } catch (error) {
      const fault = BatonError.from(error);
      faults.push(fault);
      this.options.onFault(fault, listenKey(address));
      return undefined;
    }
    this.open.set(listenKey(address), listener);
    return listener;
  }

  private retire(key: string, listener: HttpListener): void {
    if (!this.open.delete(key)) return;
    listener.stopListening();
    this.retired.add(listener);
  }

  /** Connections whose port is bound in another way go on, and routes say what they may ask for; those of a port that is gone end. */
  private drainUnbound(wanted: readonly ListenAddress[], limitsOf: (port: number) => Limits): void {
    for (const listener of this.retired) {
      const isBound = wanted.some(({ port, isSecure = false }) => port === listener.bindingPort && isSecure === listener.isSecure);
      if (isBound) listener.setLimits(limitsOf(listener.bindingPort));
      else if (!listener.isDraining) listener.drain();
    }
  }

  portOf(bindingPort: number): number {
    for (const listener of this.open.values()) if (listener.bindingPort === bindingPort) return listener.port;
    return 0;
  }

  all(): HttpListener[] {
    return [...this.open.values(), ...this.retired];
  }

  get connectionCount(): number {
    let count = 0;
    for (const listener of this.open.values()) count += listener.connections.size;
    for (const listener of this.retired) count += listener.connections.size;
    return count;
  }

  sweep(now: number): void {
    for (const listener of this.open.values()) listener.sweep(now);
    for (const listener of this.retired) {
      listener.sweep(now);
      if (listener.connections.size === 0) this.retired.delete(listener);
    }
  }

  /** Every connection ends after the response it is due. Resolves when no port is open; one that is shared is closed in a quiet moment. */
  async drain(): Promise<void> {
    this.isDraining = true;
    const open = [...this.open.values()];
    for (const listener of this.all()) listener.drain();
    if (this.options.reusePort) await Promise.all(open.map((listener) => listener.stopListeningWhenQuiet()));
    else for (const listener of open) listener.stopListening();
  }

  /** Stops listening and cuts every connection. */
  close(): void {
    this.isDraining = true;
    for (const listener of this.open.values()) listener.stopListening();
    for (const listener of this.all()) listener.destroyConnections();
  }
}
