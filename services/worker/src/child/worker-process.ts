import { BatonError } from '@baton/core';
import type { Assign, Connect, HostMessage } from '../messages.ts';
import { shareOut } from '../share-out.ts';
import { furnishProcess, resolveEntry } from './app/enter-app.ts';
import { serveExported } from './app/exported-handler.ts';
import { runMain } from './app/run-main.ts';
import { watchEnd } from './app/watch-end.ts';
import { Departure } from './departure.ts';
import { HostLine } from './host-line.ts';
import { AppServer } from './http/app-server.ts';
import type { HttpServer } from './http/node-internals.ts';
import { preload } from './http/preload.ts';
import { Channels } from './link/channels.ts';
import { IdleClock } from './link/idle-clock.ts';
import { ListenCapture } from './listen/capture-listen.ts';
import { Orphan } from './orphan.ts';
import { HostObject } from './sdk/host-object.ts';
import { RecycleWish } from './sdk/recycle-wish.ts';
import { reportStats } from './stats.ts';
import { rehearseRequests, UNTIL_OPTIMIZED } from './warm/rehearse-requests.ts';
import { warmUpWhenIdle } from './warm/warm-up.ts';

/**
 * The inside of a worker process, from spare to end: what each message of the host, and each thing the app does, leads to.
 */
export class WorkerProcess {
  readonly #line = new HostLine(
    (message) => this.#onMessage(message),
    () => this.#onHostLost(),
  );
  readonly #app = new AppServer({
    busy: () => this.#idle?.busy(),
    calm: () => {
      this.#idle?.calm();
      this.#departure.check();
    },
  });
  readonly #departure = new Departure({
    leave: (successor) => {
      this.#recycleWish.end();
      this.#channels?.leave(successor);
    },
    tellDraining: (deadline) => this.#host?.tellDraining(deadline),
    isDrained: () => this.#channels?.isDrained ?? true,
    inFlight: () => this.#app.inFlight,
    close: (unfinished) => this.#close(unfinished),
    terminateApp: () => this.#line.emitSigterm(),
    exit: () => process.exit(0),
  });
  readonly #recycleWish = new RecycleWish((reason) => this.#line.send({ type: 'recycle', reason }));
  #host: HostObject | undefined;
  /** Once the host is gone. */
  #orphan: Orphan | undefined;
  #assign: Assign | undefined;
  #assignedAtMs = 0;
  #channels: Channels | undefined;
  #idle: IdleClock | undefined;
  /** The app has called listen(). */
  #isBound = false;
  #preloading = '';
  /** The app listens and has answered what is preloaded. */
  #isListening = false;
  /** The app closed its server by itself. */
  #hasQuit = false;
  #stopStats: () => void = () => {};

  /** Says that it is there. */
  start(): void {
    process.title = 'baton spare';
    this.#line.hold();
    this.#line.send({ type: 'spare' });
    warmUpWhenIdle(() => !this.#assign);
  }

  #onMessage(message: HostMessage): void {
    switch (message.type) {
      case 'assign':
        void this.#onAssign(message);
        break;
      case 'connect':
        this.#onConnect(message);
        break;
      case 'stop':
        this.#departure.begin({ successor: message.successor, limitMs: message.limitMs, graceMs: message.graceMs, tellsApp: true });
        break;
      case 'wishAnswer':
        if (message.wish === 'recycle') this.#recycleWish.answered();
        else this.#onIdleAnswer(message.granted);
    }
  }

  async #onAssign(assign: Assign): Promise<void> {
    if (this.#assign) return;
    this.#assign = assign;
    this.#assignedAtMs = performance.now();
    const entry = resolveEntry(assign.entry);
    if (!entry) {
      this.#line.send({ type: 'failed', code: 'ENTRY_NOT_FOUND', message: `there is no file ${assign.entry}` });
      process.exit(1);
    }
    // Its predecessor still serves, so nobody waits for it; and nothing of the app is there yet that could see it.
    if (assign.role !== 'activation' && !assign.noOverlap) await rehearseRequests(UNTIL_OPTIMIZED).catch(() => {});
    if (this.#departure.hasBegun) return;
    furnishProcess(assign, entry);
    const { workerId: id, pool, slot, generation } = assign;
    this.#host = new HostObject({ id, pool, slot, generation }, (reason) => this.#recycleWish.ask(reason));
    this.#host.install();
    const capture = new ListenCapture({
      ports: assign.ports,
      onBound: (server) => this.#onBound(server),
      onUnbound: () => this.#onUnbound(),
      onExtra: (wanted, actual) => this.#line.send({ type: 'extraListen', wanted, actual }),
    });
    capture.install();
    watchEnd(
      () => ({ isListening: this.#isListening, preloading: this.#preloading, isPlanned: this.#departure.hasBegun && !this.#hasQuit }),
      (failed) => this.#line.send(failed),
    );
    this.#line.letGo();
    const exported = await runMain(entry);
    if (!capture.server) serveExported(exported, assign.ports[0] ?? 0, () => capture.server !== undefined);
    capture.appLoaded();
  }

  #onBound(server: HttpServer): void {
    this.#app.attach(server);
    const assign = this.#assign;
    if (this.#isBound || !assign || this.#departure.hasBegun) return;
    this.#isBound = true;
    this.#line.hold();
    if (assign.preload.length === 0) this.#serve(assign);
    else void this.#preload(assign);
  }

  /** Before a channel is dialled: so nobody hands it a request, and who sees it connected knows that it is preloaded. */
  async #preload(assign: Assign): Promise<void> {
    try {
      await preload(assign.preload, {
        handle: (stream) => this.#app.handle(stream),
        isWanted: () => !this.#departure.hasBegun,
        onPath: (path) => {
          this.#preloading = path;
          this.#line.send({ type: 'preloading', path });
        },
      });
    } catch (error) {
      // One that leaves while it is asked ends by its departure.
      if (this.#departure.hasBegun) return;
      this.#line.send({ type: 'failed', code: 'PRELOAD_FAILED', message: BatonError.from(error).message });
      process.exit(1);
    }
    if (!this.#departure.hasBegun) this.#serve(assign);
  }

  #serve(assign: Assign): void {
    this.#isListening = true;
    const preloaded = this.#app.requestsServed;
    this.#line.send({ type: 'listening', afterMs: Math.round(performance.now() - this.#assignedAtMs) });
    this.#idle = new IdleClock(assign.idleTimeoutMs, (idleMs) => this.#wishToEnd(idleMs));
    this.#stopStats = reportStats(
      () => ({ requestsServed: this.#app.requestsServed - preloaded, inFlight: this.#app.inFlight }),
      (stats) => this.#line.send(stats),
    );
    this.#channels = new Channels({
      onRequest: (stream) => this.#app.handle(stream),
      onConnected: (channel) => this.#line.send({ type: 'connected', ...channel }),
      onDisconnected: (channel, reason) => this.#line.send({ type: 'disconnected', ...channel, reason }),
      onCalmer: () => {
        this.#orphan?.check();
        this.#departure.check();
      },
      onDown: () => this.#orphan?.linkDown(),
    });
    this.#channels.dial(assign.channels, assign.token);
    for (const { channels, token } of this.#early) this.#channels.dial(channels, token);
  }

  /** Connect orders that came before the app listened. */
  readonly #early: Connect[] = [];

  #onConnect(order: Connect): void {
    if (this.#channels) this.#channels.dial(order.channels, order.token);
    else this.#early.push(order);
  }

  #wishToEnd(idleMs: number): void {
    if (this.#departure.hasBegun || this.#orphan) return;
    this.#channels?.hold();
    this.#line.send({ type: 'idle', connected: this.#channels?.connected ?? [], idleMs });
  }

  #onIdleAnswer(granted: boolean): void {
    if (granted) return;
    this.#channels?.release();
    this.#idle?.restart();
  }

  /** The app closed its server; when nobody had asked, it takes no more requests, ends what it has, and its end counts as a failure. */
  #onUnbound(): void {
    const { hasBegun, isOver } = this.#departure;
    this.#app.detach({ isHeld: !isOver, serves: hasBegun && !isOver });
    if (hasBegun) return;
    this.#hasQuit = true;
    this.#departure.begin({ successor: '', limitMs: this.#assign?.shutdownTimeLimitMs ?? 0, graceMs: 0, tellsApp: false });
  }

  #onHostLost(): void {
    const { shutdownTimeLimitMs = 0, noOverlap = false } = this.#assign ?? {};
    this.#orphan = new Orphan(
      {
        isAnyUp: () => this.#channels?.isAnyUp ?? false,
        isAnyOpen: () => this.#channels?.isAnyOpen ?? false,
        isRelieved: () => this.#channels?.isRelieved ?? true,
        depart: (limitMs) => this.#departure.begin({ successor: '', ...shareOut(limitMs), tellsApp: true }),
        exit: () => process.exit(this.#isListening ? 0 : 1),
      },
      { shutdownTimeLimitMs, noOverlap },
    );
    this.#orphan.begin();
  }

  #close(unfinished: number): void {
    this.#app.releaseClose();
    this.#idle?.stop();
    this.#stopStats();
    this.#line.send({ type: 'drained', unfinished });
    if (unfinished === 0) this.#channels?.close();
    this.#line.letGo();
  }
}
