import type { Application, ProtocolListener } from '@baton/adapter-kit';
import type { AdapterLog } from '../adapter-options.ts';
import { DrainWatch } from '../listener/drain-watch.ts';
import type { LineFile } from '../log/access-log.ts';
import { parseTcpBinding, type TcpBinding } from './tcp-binding.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { writeTcpFaultLine, writeTcpLine } from './tcp-line.ts';
import type { TcpFault, TcpRoute } from './tcp-port.ts';
import { TcpPorts } from './tcp-ports.ts';
import type { OpenTls } from './tls-end.ts';

/** An adapter that stops ends a connection once nothing went over it for this long, ms. */
const DRAIN_QUIET_MS = 1_000;

export interface TcpListenerOptions {
  readonly openTls: OpenTls;
  /** Several adapters of one machine share their ports. */
  readonly reusePort: boolean;
  readonly accessLog: LineFile | undefined;
  readonly log: AdapterLog | undefined;
}

/** The public side of the protocol "tcp": one connection is one request of a channel. */
export class TcpListener implements ProtocolListener {
  readonly ports: TcpPorts;
  /** Connections that were refused before they were anybody's, by cause. */
  readonly refusals = new Map<string, number>();
  private readonly sites = new Map<string, { readonly app: Application; readonly bindings: readonly TcpBinding[] }>();
  private readonly drained = new DrainWatch();
  private isDraining = false;
  private readonly options: TcpListenerOptions;

  constructor(options: TcpListenerOptions) {
    this.options = options;
    const { reusePort, openTls, log } = options;
    this.ports = new TcpPorts({
      reusePort,
      openTls,
      now,
      onBegun: () => {},
      onEnded: (connection) => this.ended(connection),
      onClosed: () => this.drained.look(),
      onRefused: (fault) => this.refused(fault),
      onFault: (error, where) => log?.warn({ code: error.code, where }, error.message),
    });
  }

  /** Throws CONFIG_INVALID for a binding that cannot be read. */
  applicationCreated(app: Application): void {
    this.sites.set(app.appKey, { app, bindings: app.bindings.map(parseTcpBinding) });
  }

  applicationDeleted(appKey: string): void {
    this.sites.delete(appKey);
  }

  listen(): Promise<void> {
    const routes: TcpRoute[] = [];
    for (const { app, bindings } of this.sites.values()) for (const binding of bindings) routes.push({ app, binding });
    return this.ports.apply(routes);
  }

  sweep(at: number): void {
    this.ports.sweep(at);
    if (!this.isDraining) return;
    for (const connection of this.ports.connections()) if (connection.quietMs(at) >= DRAIN_QUIET_MS) connection.closePolitely();
  }

  /** Takes nothing new. Ends connections politely as they fall quiet, because their clients may find another adapter; resolves when none is left. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.isDraining = true;
    await this.ports.stopListening();
    await this.drained.empty(() => this.ports.connectionCount, signal);
  }

  close(): void {
    this.isDraining = true;
    this.ports.close();
  }

  private ended(connection: TcpConnection): void {
    const { app, errorCode } = connection;
    if (app && errorCode !== undefined) app.counters.refusals.set(errorCode, (app.counters.refusals.get(errorCode) ?? 0) + 1);
    const { accessLog } = this.options;
    if (accessLog !== undefined) writeTcpLine(accessLog, connection, now());
  }

  private refused(fault: TcpFault): void {
    this.refusals.set(fault.code, (this.refusals.get(fault.code) ?? 0) + 1);
    const { accessLog } = this.options;
    if (accessLog !== undefined) writeTcpFaultLine(accessLog, fault, Date.now());
  }
}

const now = (): number => performance.now();
