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
    const log = this.#log;
    // A socket that is gone says no 'close' any more: what is stored from here on is told on the next tick.
    if (this.#socket.destroyed) process.nextTick(tellClosed, container, log);
    else this.#socket.once('close', () => tellClosed(container, log));
    return container;
  }

  allocateMemory(): never {
    return refuseMember('HttpConnection', 'allocateMemory');
  }
}

/** An error of what a module has stored must not end the process: nobody is there to catch it. */
function tellClosed(container: ModuleContextContainer, log: WriteLog): void {
  try {
    container.disconnect();
  } catch (error) {
    log('error', 'notifyDisconnect of a stored context failed', { error });
  }
  try {
    container.release();
  } catch (error) {
    log('error', 'cleanupStoredContext of a stored context failed', { error });
  }
}
