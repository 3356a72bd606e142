import type { Server } from 'node:net';
import type { AssignedApp, Failed } from '../../messages.ts';
import { describeError } from '../describe-error.ts';
import type { Delivery } from '../http/exchange.ts';
import type { HttpServer } from '../http/node-internals.ts';
import { Claims } from '../listen/claims.ts';
import { serverKind } from '../listen/server-kind.ts';
import type { LoadedExtension } from '../model/app-model.ts';
import type { LazyModel } from '../model/model.ts';
import { StartingService } from '../model/starting-service.ts';
import { ByPort } from '../service/by-port.ts';
import type { AppService, Closing, ServerService } from '../service/service.ts';
import type { Services } from '../service/services.ts';
import type { Tally } from '../service/tally.ts';
import { describeAwaited, protocolOf } from './describe-awaited.ts';
import { serveExported } from './exported-handler.ts';
import { exportedService } from './exported-service.ts';
import { serverService } from './server-service.ts';

/** How long an app that listens on one of several tcp ports is given to listen on the others, ms. Then they are the first server's too. */
const FURTHER_SERVER_MS = 250;

export interface HostedAppParts {
  readonly services: Services;
  readonly tally: Tally;
  /** Everything that its bindings ask for is there. Once. */
  onReady(): void;
  /** The app closed a server that had a binding. What is in flight may still end. */
  onClosed(): Closing;
  /** It cannot be served: code and one line for an operator. */
  onFailed(code: Failed['code'], message: string): void;
  /** The modules and extensions around the apps, made when one has some. */
  readonly model: Pick<LazyModel, 'get'>;
}

/** An app that was replaced closes its servers: nobody waits for them. */
const REPLACED: Closing = { isHeld: false, serves: false };

/** One application in the process: what its bindings ask for, and who of it has come to take it. */
export class HostedApp {
  readonly assigned: AssignedApp;
  readonly claims: readonly Claims[];
  readonly #parts: HostedAppParts;
  /** Protocols of its bindings that nothing of it takes yet. */
  readonly #awaited = new Set<string>();
  readonly #servers = new Map<Server, ServerService>();
  #isReady = false;
  /** Another instance serves in its place. */
  #isOver = false;
  #extension: LoadedExtension | undefined;

  constructor(assigned: AssignedApp, parts: HostedAppParts) {
    this.assigned = assigned;
    this.#parts = parts;
    const { appKey, ports, tcpPorts, queues, otherBindings } = assigned;
    parts.services.open(appKey);
    const isPlain = tcpPorts.length + queues.length + otherBindings.length === 0;
    const claims: Claims[] = [];
    // one that has no binding at all is served whatever it listens on
    if (ports.length > 0 || isPlain) claims.push(this.#await('http', ports));
    if (tcpPorts.length > 0) claims.push(this.#await('tcp', tcpPorts));
    this.claims = claims;
    if (queues.length > 0) this.#awaited.add('queue');
    for (const binding of otherBindings) this.#awaited.add(protocolOf(binding));
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Another instance of it has taken over: nothing of this one is served any more, what it has goes on. */
  get isReplaced(): boolean {
    return this.#isOver && this.#isReady;
  }

  /** It was not ready in time, and another instance serves on: what listens of it is closed. */
  get isDropped(): boolean {
    return this.#isOver && !this.#isReady;
  }

  /** What it has bindings for and does not take yet, for an operator. */
  get awaits(): string {
    return describeAwaited(this.assigned, this.#awaited);
  }

  /** Its requests of `protocol` are taken now. */
  taken(protocol: string): void {
    this.#awaited.delete(protocol);
    if (this.#awaited.size > 0 || this.#isReady) return;
    this.#isReady = true;
    this.#parts.onReady();
  }

  /** Its main module was evaluated and exports `exported`; `run` does something in its name. */
  loaded(exported: unknown, run: (act: () => void) => void): void {
    const { tally, onFailed, model } = this.#parts;
    const http = this.claims.find(({ protocol }) => protocol === 'http');
    if (http && !http.isClaimed) {
      serveExported(exported, {
        listen: (server) => run(() => void server.listen(this.assigned.ports[0] ?? 0)),
        isListening: () => http.isClaimed,
        loadExtension: async () => {
          this.#extension = await model.get().of(this.assigned).loadExtension(exported);
          return this.#extension.handle;
        },
        onFailed: (error) => onFailed('EXTENSION_FAILED', describeError(error)),
      });
    }
    for (const claims of this.claims) claims.appLoaded();
    for (const protocol of this.#awaited) {
      const service = protocol === 'http' ? undefined : exportedService(protocol, exported, tally, http !== undefined);
      if (service) {
        this.#serve(protocol, service);
        this.taken(protocol);
      }
    }
    // A server may still come to listen; an export may not.
    const lacking = [...this.#awaited].filter((protocol) => protocol !== 'http' && protocol !== 'tcp');
    if (lacking.length > 0) onFailed('APP_DID_NOT_LISTEN', describeAwaited(this.assigned, lacking));
  }

  /** Another instance has taken over, or this one shall not: its servers are closed, and its extension goes with the last of their requests and sessions. */
  replace(): void {
    this.#isOver = true;
    const closed = [...this.#servers.keys()].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    void Promise.all(closed)
      .then(() => this.#extension?.idle())
      .then(() => this.terminate());
  }

  /** Its extension is unloaded. */
  async terminate(): Promise<void> {
    const extension = this.#extension;
    this.#extension = undefined;
    await extension?.terminate();
  }

  /** `service` takes its requests of `protocol`. */
  #serve(protocol: string, service: AppService): void {
    const { assigned } = this;
    const { services, model } = this.#parts;
    const isHeard = assigned.modules.length > 0;
    const taking = isHeard ? new StartingService(service, () => model.get().of(assigned).start()) : service;
    services.set(assigned.appKey, protocol, taking);
  }

  /** What its requests of HTTP go through on their way to a server of it. */
  #deliveryTo(server: Server): Delivery | undefined {
    const { assigned } = this;
    if (assigned.modules.length === 0 && !this.#extension) return undefined;
    const delivery = this.#parts.model
      .get()
      .of(assigned)
      .deliveryTo(server as HttpServer, this.#extension !== undefined);
    if (delivery === undefined || serverKind(server) === 'http') return delivery;
    const message =
      `application ${assigned.appKey} has modules and listens with a server of node:http2; modules run around servers of node:http and node:https. ` +
      'Listen with one of these, which clients of HTTP/2 reach too, or leave out the modules that hear of requests';
    this.#parts.onFailed('MODULE_FAILED', message);
    return undefined;
  }

  #await(protocol: 'http' | 'tcp', ports: readonly number[]): Claims {
    const { tally, onClosed } = this.#parts;
    const byPort = new ByPort();
    this.#awaited.add(protocol);
    const claims = new Claims(protocol, ports, {
      onBound: (server, port) => {
        // Nobody would ask it, and `replace` has not known of it.
        if (this.#isOver) return void server.close(() => void this.terminate());
        const service = serverService(protocol, server, tally, protocol === 'http' ? this.#deliveryTo(server) : undefined);
        this.#servers.set(server, service);
        byPort.add(port, service);
        this.#serve(protocol, byPort);
        // Any server of HTTP answers for all ports of an app, but each port of tcp may be a service of its own.
        if (protocol === 'http' || claims.isComplete) this.taken(protocol);
        else setTimeout(() => this.taken(protocol), FURTHER_SERVER_MS);
      },
      onUnbound: (server) => this.#servers.get(server)?.detach(this.#isOver ? REPLACED : onClosed()),
      onMoved: (server, port) => {
        const service = this.#servers.get(server);
        if (service) byPort.remove(port, service);
      },
    });
    return claims;
  }
}
