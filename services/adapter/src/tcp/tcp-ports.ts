import { portLimits } from '@baton/adapter-kit';
import { BatonError } from '@baton/core';
import { listenKey, planListeners } from '../route/listen-plan.ts';
import { type Route, RouteTable } from '../route/table.ts';
import type { TcpConnection } from './tcp-connection.ts';
import { type TcpFault, TcpPort, type TcpPortOptions, type TcpRoute } from './tcp-port.ts';
import type { OpenTls } from './tls-end.ts';

export interface TcpPortsOptions {
  readonly reusePort: boolean;
  readonly openTls: OpenTls;
  readonly now: () => number;
  readonly onBegun: (connection: TcpConnection) => void;
  readonly onEnded: (connection: TcpConnection) => void;
  readonly onClosed: () => void;
  readonly onRefused: (fault: TcpFault) => void;
  /** A port could not be opened; tried again at the next change. */
  readonly onFault: (error: BatonError, where: string) => void;
}

/** What a port is for, worked out of all applications. */
interface Plan {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly routes: readonly TcpRoute[];
}

/**
 * The public ports of tcp:// and tls:// bindings. A change opens what is new before it closes what is gone, and leaves every connection alone whose
 * application still has the binding it came in by.
 */
export class TcpPorts {
  private readonly open = new Map<string, TcpPort>();
  /** No longer listening, with connections that go on. */
  private readonly retired = new Set<TcpPort>();
  private readonly options: TcpPortsOptions;
  private table = new RouteTable<TcpRoute>([]);
  private change: Promise<void> = Promise.resolve();
  /** On ports of which nothing is left. */
  private acceptedBefore = 0;
  private isDraining = false;

  constructor(options: TcpPortsOptions) {
    this.options = options;
  }

  /** Makes ports and routes those of `routes`, one change after the other. Rejects with the first failure; what could be opened is open then. */
  apply(routes: readonly TcpRoute[]): Promise<void> {
    const change = this.change.then(() => this.applyNow(routes));
    this.change = change.catch(() => {});
    return change;
  }

  private async applyNow(routes: readonly TcpRoute[]): Promise<void> {
    const faults: BatonError[] = [];
    const plans = plan(routes, (fault, where) => {
      faults.push(fault);
      this.options.onFault(fault, where);
    });
    const keys = new Set(plans.map(({ key }) => key));
    const gone = [...this.open].filter(([key]) => !keys.has(key));
    this.table = new RouteTable(routes.map(toRoute));
    // Every address and one address of a port exclude each other: where both change, the old has to go first.
    for (const [key, port] of gone) if (plans.some((wanted) => wanted.port === port.bindingPort)) this.retire(key, port);
    for (const wanted of plans) {
      const port = this.open.get(wanted.key) ?? (await this.start(wanted, faults));
      if (!port) continue;
      port.limits = portLimits(wanted.routes.map(({ app }) => app.limits));
      port.hasProxyHeader = wanted.routes.some(({ app }) => app.hasProxyProtocol);
    }
    for (const [key, port] of gone) this.retire(key, port);
    this.closeUnbound(routes);
    if (faults[0]) throw faults[0];
  }

  private async start({ key, address, port, isSecure }: Plan, faults: BatonError[]): Promise<TcpPort | undefined> {
    if (this.isDraining) return undefined;
    const { reusePort, openTls, now, onBegun, onEnded, onClosed, onRefused } = this.options;
    const events = { onBegun, onEnded, onClosed, onRefused };
    const route: TcpPortOptions['route'] = (at, serverName, local) => this.table.find(at, serverName, '/', local);
    let opened: TcpPort;
    try {
      opened = new TcpPort({ address, port, isSecure, reusePort, openTls, now, route, ...events });
      await opened.open();
    } catch (error) {
      const fault = BatonError.from(error);
      faults.push(fault);
      this.options.onFault(fault, listenKey({ address, port }));
      return undefined;
    }
    this.open.set(key, opened);
    return opened;
  }

  private retire(key: string, port: TcpPort): void {
    if (!this.open.delete(key)) return;
    port.stopListening();
    this.retired.add(port);
  }

  /** A connection whose application no longer has the binding it came in by is ended politely; one that has it goes on. */
  private closeUnbound(routes: readonly TcpRoute[]): void {
    const bound = new Set(routes.map(({ app, binding }) => `${app.appKey}\0${binding.text}`));
    for (const connection of this.connections())
      if (!bound.has(`${connection.owner?.appKey}\0${connection.binding.text}`)) connection.closePolitely();
  }

  portOf(bindingPort: number): number {
    for (const port of this.open.values()) if (port.bindingPort === bindingPort) return port.port;
    return 0;
  }

  all(): TcpPort[] {
    return [...this.open.values(), ...this.retired];
  }

  *connections(): Iterable<TcpConnection> {
    for (const port of this.all()) yield* port.connections;
  }

  /** Taken since the start, on ports that are gone too. */
  get accepted(): number {
    return this.all().reduce((sum, port) => sum + port.accepted, this.acceptedBefore);
  }

  get connectionCount(): number {
    return this.all().reduce((sum, port) => sum + port.connectionCount, 0);
  }

  sweep(now: number): void {
    for (const port of this.open.values()) port.sweep(now);
    for (const port of this.retired) {
      port.sweep(now);
      if (port.connectionCount > 0) continue;
      this.retired.delete(port);
      this.acceptedBefore += port.accepted;
    }
  }

  /** Takes no new connection. Resolves when no port is open; one that is shared is closed in a quiet moment. */
  async stopListening(): Promise<void> {
    this.isDraining = true;
    const open = [...this.open.values()];
    for (const port of open) port.isDraining = true;
    if (this.options.reusePort) await Promise.all(open.map((port) => port.stopListeningWhenQuiet()));
    else for (const port of open) port.stopListening();
  }

  /** Stops listening and cuts every connection. */
  close(): void {
    this.isDraining = true;
    for (const port of this.open.values()) port.stopListening();
    for (const port of this.all()) port.destroyConnections();
  }
}

/** A port speaks TLS or does not: of two bindings that disagree the first one counts. */
function plan(routes: readonly TcpRoute[], onFault: (fault: BatonError, where: string) => void): Plan[] {
  const isSecureAt = new Map<number, boolean>();
  const kept: TcpRoute[] = [];
  for (const route of routes) {
    const { port, isSecure, text } = route.binding;
    const known = isSecureAt.get(port) ?? isSecure;
    isSecureAt.set(port, known);
    if (known === isSecure) kept.push(route);
    else onFault(new BatonError('CONFIG_INVALID', `expected one of tcp:// and tls:// on port ${port}, ${text} is the other`), text);
  }
  return planListeners(kept.map((route) => toRoute(route))).map(({ address, port }) => ({
    key: `${isSecureAt.get(port) ? 'tls' : 'tcp'}://${listenKey({ address, port })}`,
    address,
    port,
    isSecure: isSecureAt.get(port)!,
    routes: kept.filter(({ binding }) => binding.port === port),
  }));
}

/** Without TLS no client says a name: the binding is for every host then. */
function toRoute({ app, binding }: TcpRoute): Route<TcpRoute> {
  const { port, path, isSecure } = binding;
  const host = isSecure || /^[0-9.]+$|:/.test(binding.host) ? binding.host : '*';
  return { host, port, path, app: { app, binding } };
}
