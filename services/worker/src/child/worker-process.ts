import { BatonError } from '@baton/core';
import { GL_HEALTH_CHECK, GL_STOP_LISTENING } from '@baton/sdk';
import type { Assign, Failed, HostMessage } from '../messages.ts';
import { shareOut } from '../share-out.ts';
import { Apps } from './app/apps.ts';
import { furnishProcess, resolveEntries } from './app/enter-app.ts';
import { watchEnd } from './app/watch-end.ts';
import { Departure } from './departure.ts';
import { HostLine } from './host-line.ts';
import { preload } from './http/preload.ts';
import { Channels } from './link/channels.ts';
import { IdleClock } from './link/idle-clock.ts';
import { Health } from './model/health.ts';
import { LazyModel } from './model/model.ts';
import { Orphan } from './orphan.ts';
import { HostObject } from './sdk/host-object.ts';
import { RecycleWish } from './sdk/recycle-wish.ts';
import type { Closing } from './service/service.ts';
import { Services } from './service/services.ts';
import { Tally } from './service/tally.ts';
import { reportStats } from './stats.ts';
import { rehearseRequests, UNTIL_OPTIMIZED } from './warm/rehearse-requests.ts';
import { warmUpWhenIdle } from './warm/warm-up.ts';

/** Causes of a stop behind which nobody takes over: the pool, or its host, is put out of service. */
const ENDS_SERVICE: readonly string[] = ['admin', 'shutdown'];

/**
 * The inside of a worker process, from spare to end: what each message of the host, and each thing the app does, leads to.
 */
export class WorkerProcess {
  readonly #line = new HostLine(
    (message) => this.#onMessage(message),
    () => this.#onHostLost(),
  );
  readonly #tally = new Tally({
    busy: () => this.#idle?.busy(),
    calm: () => {
      this.#idle?.calm();
      if (this.#departure.hasBegun) this.#model?.made?.tellWaiting();
      this.#departure.check();
    },
  });
  readonly #services = new Services();
  /** It dials from when the apps listen; what it is told of before waits. */
  readonly #channels = new Channels({
    onRequest: (stream, appKey) => this.#services.handle(stream, appKey),
    onPing: (answer) => this.#health?.ping(answer),
    onConnected: (channel) => this.#line.send({ type: 'connected', ...channel }),
    onDisconnected: (channel, reason) => this.#line.send({ type: 'disconnected', ...channel, reason }),
    onCalmer: () => {
      this.#orphan?.check();
      this.#departure.check();
    },
    onDown: () => this.#orphan?.linkDown(),
  });
  readonly #departure = new Departure({
    leave: (successor) => {
      this.#recycleWish.end();
      this.#channels.leave(successor);
      if (this.#tally.inFlight === 0) this.#model?.made?.tellWaiting();
      this.#model?.made?.raiseGlobal(GL_STOP_LISTENING, { drainRequestsGracefully: !ENDS_SERVICE.includes(this.#stopCause) });
    },
    tellDraining: (deadline) => this.#host?.tellDraining(deadline),
    isDrained: () => this.#channels.isDrained,
    // What its modules still log, and a session that its extension owes, has ended for the client alone.
    inFlight: () => this.#tally.inFlight || (this.#model?.made?.inHand ?? 0),
    close: (unfinished) => this.#close(unfinished),
    terminateApp: () => this.#line.emitSigterm(),
    exit: () => process.exit(0),
  });
  readonly #recycleWish = new RecycleWish((reason) => this.#line.send({ type: 'recycle', reason }));
  #host: HostObject | undefined;
  #apps: Apps | undefined;
  #model: LazyModel | undefined;
  #health: Health | undefined;
  #stopCause = '';
  /** Once the host is gone. */
  #orphan: Orphan | undefined;
  #assign: Assign | undefined;
  #assignedAtMs = 0;
  #idle: IdleClock | undefined;
  /** Every app takes what it has bindings for. */
  #isBound = false;
  /** The app whose entry runs; '' when there is but one. */
  #entering = '';
  #preloading = '';
  /** The apps are bound and have answered what is preloaded. */
  #isListening = false;
  /** An app closed its server by itself. */
  #hasQuit = false;
  #stopStats: () => void = () => {};

  /** Says that it is there. */
  start(): void {
    process.title = 'baton spare';
    this.#line.hold();
    this.#channels.hold();
    this.#line.send({ type: 'spare' });
    warmUpWhenIdle(() => !this.#assign);
  }

  #onMessage(message: HostMessage): void {
    switch (message.type) {
      case 'assign':
        void this.#onAssign(message);
        break;
      case 'connect':
        this.#channels.dial(message.channels, message);
        break;
      case 'stop':
        this.#stopCause ||= message.cause;
        this.#departure.begin({ successor: message.successor, limitMs: message.limitMs, graceMs: message.graceMs, tellsApp: true });
        break;
      case 'wishAnswer':
        if (message.wish === 'recycle') this.#recycleWish.answered();
        else if (message.wish === 'unhealthy') this.#health?.answered(message.granted);
        else this.#onIdleAnswer(message.granted);
    }
  }

  async #onAssign(assign: Assign): Promise<void> {
    if (this.#assign) return;
    this.#assign = assign;
    this.#assignedAtMs = performance.now();
    this.#channels.dial(assign.channels, assign);
    const entries = resolveEntries(assign);
    if (typeof entries === 'string') this.#fail('ENTRY_NOT_FOUND', `there is no file ${entries}`);
    // Its predecessor still serves, so nobody waits for it; and nothing of the app is there yet that could see it.
    if (assign.role !== 'activation' && !assign.noOverlap) await rehearseRequests(UNTIL_OPTIMIZED).catch(() => {});
    if (this.#departure.hasBegun) return;
    furnishProcess(assign, entries[0] as string);
    const { workerId: id, pool, slot, generation } = assign;
    const model = new LazyModel({
      assign,
      recycleProcess: (reason) => this.#host?.recycleProcess(reason),
      recycleApplication: (keyOrPath) => this.#apps?.reload(keyOrPath) ?? false,
      reportUnhealthy: (reason, hresult) => this.#health?.report(reason, hresult),
      send: (message) => this.#line.send(message),
      onEmpty: () => this.#departure.check(),
    });
    this.#model = model;
    this.#health = new Health({
      onPing: () => void model.made?.raiseGlobal(GL_HEALTH_CHECK, {}),
      answer: (reply) => (model.made ? model.made.pool.post(reply, 'the answer to a ping') : reply()),
      tell: (reason) => this.#line.send({ type: 'unhealthy', reason }),
    });
    this.#host = new HostObject(
      { id, pool, slot, generation },
      (reason) => this.#recycleWish.ask(reason),
      () => model.server,
    );
    this.#host.install();
    watchEnd(
      () => ({
        isListening: this.#isListening,
        entering: this.#entering,
        loading: this.#apps?.loading ?? '',
        preloading: this.#preloading,
        isPlanned: this.#departure.hasBegun && !this.#hasQuit,
      }),
      (failed) => this.#line.send(failed),
    );
    this.#line.letGo();
    await this.#startApps(assign, entries, model);
  }

  async #startApps(assign: Assign, entries: readonly string[], model: LazyModel): Promise<void> {
    const apps = new Apps({
      assign,
      entries,
      services: this.#services,
      tally: this.#tally,
      model,
      onEntering: (appKey) => {
        this.#entering = appKey;
      },
      onBound: () => this.#onBound(assign),
      onAwaiting: (what, code) => this.#line.send({ type: 'awaiting', what, code }),
      onClosed: () => this.#onClosed(),
      onFailed: (code, message) => this.#fail(code, message),
      onExtra: (wanted, actual) => this.#line.send({ type: 'extraListen', wanted, actual }),
      isWanted: () => !this.#departure.hasBegun,
      keepAlive: (isKept) => (isKept || this.#isBound ? this.#line.hold() : this.#line.letGo()),
    });
    this.#apps = apps;
    await apps.start();
  }

  /** The apps cannot be served. */
  #fail(code: Failed['code'], message: string): never {
    this.#line.send({ type: 'failed', code, message });
    process.exit(1);
  }

  #onBound(assign: Assign): void {
    if (this.#isBound || this.#departure.hasBegun) return;
    this.#isBound = true;
    this.#line.hold();
    if (assign.apps.every(({ preload: urls }) => urls.length === 0)) this.#serve(assign);
    else void this.#preload(assign);
  }

  /** Before a channel is dialled: so nobody hands it a request, and who sees it connected knows that it is preloaded. */
  async #preload(assign: Assign): Promise<void> {
    try {
      const { made } = this.#model ?? {};
      for (const app of assign.apps) if (app.preload.length > 0) made?.of(app).preloads();
      await preload(assign.apps, {
        handle: (stream) => this.#services.handle(stream),
        isWanted: () => !this.#departure.hasBegun,
        onPath: (path) => {
          this.#preloading = path;
          this.#line.send({ type: 'preloading', path });
        },
      });
    } catch (error) {
      // One that leaves while it is asked ends by its departure.
      if (this.#departure.hasBegun) return;
      this.#fail('PRELOAD_FAILED', BatonError.from(error).message);
    }
    if (!this.#departure.hasBegun) this.#serve(assign);
  }

  #serve(assign: Assign): void {
    this.#isListening = true;
    const preloaded = this.#tally.served;
    this.#line.send({ type: 'listening', afterMs: Math.round(performance.now() - this.#assignedAtMs) });
    this.#idle = new IdleClock(assign.idleTimeoutMs, (idleMs) => this.#wishToEnd(idleMs));
    this.#stopStats = reportStats(
      () => ({ requestsServed: this.#tally.served - preloaded, inFlight: this.#tally.inFlight, ...this.#model?.made?.figures() }),
      (stats) => this.#line.send(stats),
    );
    this.#channels.release();
  }

  #wishToEnd(idleMs: number): void {
    if (this.#departure.hasBegun || this.#orphan) return;
    // What it has in hand behind the end of its requests is work, too.
    if (this.#model?.made?.inHand) this.#idle?.restart();
    else {
      this.#channels.hold();
      this.#line.send({ type: 'idle', connected: this.#channels.connected, idleMs });
    }
  }

  #onIdleAnswer(granted: boolean): void {
    if (granted) return;
    this.#channels.release();
    this.#idle?.restart();
  }

  /** An app closed its server; when nobody had asked, the worker takes no more requests, ends what it has, and its end counts as a failure. */
  #onClosed(): Closing {
    const { hasBegun, isOver } = this.#departure;
    if (!hasBegun) {
      this.#hasQuit = true;
      setImmediate(() =>
        this.#departure.begin({ successor: '', limitMs: this.#assign?.shutdownTimeLimitMs ?? 0, graceMs: 0, tellsApp: false }),
      );
    }
    return { isHeld: !isOver, serves: hasBegun && !isOver };
  }

  #onHostLost(): void {
    const { shutdownTimeLimitMs = 0, noOverlap = false } = this.#assign ?? {};
    this.#orphan = new Orphan(
      {
        isAnyUp: () => this.#channels.isAnyUp,
        isAnyOpen: () => this.#channels.isAnyOpen,
        isRelieved: () => this.#channels.isRelieved,
        depart: (limitMs) => {
          // One that drains already has the time it was given.
          if (!this.#departure.hasBegun || noOverlap) this.#departure.begin({ successor: '', ...shareOut(limitMs), tellsApp: true });
        },
        exit: () => process.exit(this.#isListening ? 0 : 1),
      },
      { shutdownTimeLimitMs, noOverlap },
    );
    this.#orphan.begin();
  }

  /** What it returns is waited for: the apps' extensions and modules are unloaded. With requests left they are not, they may still end. */
  #close(unfinished: number): Promise<void> | undefined {
    this.#services.release();
    this.#idle?.stop();
    this.#stopStats();
    this.#line.send({ type: 'drained', unfinished });
    if (unfinished === 0) this.#channels.close();
    this.#line.letGo();
    const { made } = this.#model ?? {};
    if (!made || unfinished > 0) return undefined;
    return Promise.resolve(this.#apps?.terminate()).then(() => made.end());
  }
}
