import type { IncomingMessage } from 'node:http';
import { ModuleContextContainer } from '../server/module-context-container.ts';
import type { WriteLog } from '../server/server-host.ts';
import type { HttpConnection } from './http-connection.ts';
import { refuseMember } from './left-out.ts';

type ClientSocket = IncomingMessage['socket'];

/** Where the containers of a connection's modules are kept: a connection may carry several requests. */
const containers = new WeakMap<ClientSocket, ModuleContextContainer>();

/** The connection below a request. */
export class HostedConnection implements HttpConnection {
  readonly #socket: ClientSocket;
  readonly #log: WriteLog;

  constructor(socket: ClientSocket, log: WriteLog) {
    this.#socket = socket;
    this.#log = log;
  }

  isConnected(): boolean {
    return !this.#socket.destroyed;
  }

  getModuleContextContainer(): ModuleContextContainer {
    const known = containers.get(this.#socket);
    if (known) return known;
    const container = new ModuleContextContainer(this.#log);
    containers.set(this.#socket, container);
    // A socket that is gone says no 'close' any more: what is stored from here on is told on the next tick.
    if (this.#socket.destroyed) process.nextTick(tellClosed, container);
    else this.#socket.once('close', () => tellClosed(container));
    return container;
  }

  allocateMemory(): never {
    return refuseMember('HttpConnection', 'allocateMemory');
  }
}

function tellClosed(container: ModuleContextContainer): void {
  container.disconnect();
  container.end();
}
