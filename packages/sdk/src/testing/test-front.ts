import { createServer, type IncomingMessage, type RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tellDrain } from '../context/response/tell-drain.ts';
import { continueWhenRead } from '../host/continue-when-read.ts';

/** Takes a request through the modules; `execute` hands it to the app, and says when a connection that is the app's own has ended. */
export type Deliver = (req: IncomingMessage, res: ServerResponse, execute: (done: () => void) => void) => void;

/** The loopback port of a test host: hands requests, upgrades and clients that wait for 100 to the modules and the app as a worker does. */
export class TestFront {
  /** What answers requests. */
  listener: RequestListener;
  readonly #app: Server | undefined;
  readonly #deliver: Deliver;
  readonly #upgraded = new Set<Socket>();
  readonly #server: Server;

  /** `app`: hears 'upgrade', 'checkContinue' and 'checkExpectation' as its own server would. */
  constructor(listener: RequestListener, app: unknown, deliver: Deliver) {
    this.listener = listener;
    this.#app = app instanceof Server ? app : undefined;
    this.#deliver = deliver;
    // What the app does not take is an ordinary request, as in Node.
    this.#server = createServer({ shouldUpgradeCallback: () => this.#takes('upgrade') });
    this.#server.on('request', (req, res) => deliver(req, res, () => this.listener(req, res)));
    this.#server.on('checkContinue', (req, res) => this.#expectContinue(req, res));
    this.#server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket as Socket, head));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isListening(): boolean {
    return this.#server.listening;
  }

  listen(): Promise<void> {
    return new Promise((listening, failed) => this.#server.once('error', failed).listen(0, '127.0.0.1', listening));
  }

  /** Takes nothing more; resolves with the end of the last connection. What has not ended by then is broken off after `limitMs`. */
  async close(limitMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#server.closeAllConnections();
      for (const socket of this.#upgraded) socket.destroy();
    }, limitMs);
    await new Promise<void>((closed) => this.#server.close(() => closed()).closeIdleConnections());
    clearTimeout(timer);
  }

  #takes(event: string): boolean {
    return this.#app !== undefined && this.#app.listenerCount(event) > 0;
  }

  #expectContinue(req: IncomingMessage, res: ServerResponse): void {
    const leave = continueWhenRead(req, res);
    this.#deliver(req, res, () => {
      leave();
      if (this.#takes('checkContinue')) this.#app!.emit('checkContinue', req, res);
      else {
        res.writeContinue();
        this.listener(req, res);
      }
    });
  }

  /** A module that answers it itself writes an ordinary response on the socket. */
  #upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void {
    const res = new ServerResponse(req);
    const drained = (): void => tellDrain(res);
    res.shouldKeepAlive = false;
    res.assignSocket(socket);
    res.once('finish', () => socket.destroySoon());
    // As in a worker: the app hears of errors once it has the socket.
    socket.on('error', ignore);
    socket.on('drain', drained);
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    // Node before 24.9 asks nobody whether to upgrade.
    if (!this.#takes('upgrade')) return void this.#deliver(req, res, () => this.listener(req, res));
    this.#deliver(req, res, (done) => {
      socket.off('drain', drained);
      res.detachSocket(socket);
      if (socket.destroyed) return void done();
      res.statusCode = 101;
      socket.off('error', ignore);
      socket.once('close', done);
      this.#app!.emit('upgrade', req, socket, head);
    });
  }
}

function ignore(): void {}
