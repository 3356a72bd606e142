import type { ErrorCode } from '@baton/core';
import type { Assign, Awaiting, ChannelRef, ChildMessage, HostMessage, Log, Span, Stats } from '../messages.ts';
import { shareOut } from '../share-out.ts';
import type { ExitFacts } from '../slots/record.ts';
import type { Child, ChildEnd } from './child.ts';
import { explainExit } from './exit-reason.ts';
import { LadderRun } from './ladder-run.ts';
import type { LineSink } from './output.ts';
import { stopLadder } from './stop-ladder.ts';

/** What a worker process tells whoever keeps the slots. `onExited` is the last, exactly once. */
export interface WorkerProcessEvents {
  onSpawned(pid: number, fromSpare: boolean): void;
  onListening(): void;
  onExtraListen(wanted: string, actual: string): void;
  onConnected(channel: ChannelRef): void;
  onDisconnected(channel: ChannelRef, reason: string): void;
  onIdle(connected: readonly ChannelRef[]): void;
  onRecycle(reason: string): void;
  onUnhealthy(reason: string): void;
  onLog(log: Log): void;
  onSpan(span: Span): void;
  /** `last`: what it said before; undefined: nothing. */
  onStats(now: Stats, last: Stats | undefined): void;
  onExited(exit: ExitFacts): void;
}

/** A repeated order is a little late, or a little early: what is less than this is no other limit, ms. */
const SHORTER_BY_MS = 1_000;

export interface StopFacts {
  readonly successor: string;
  readonly limitMs: number;
  readonly cause: string;
  readonly force: boolean;
}

/**
 * One worker on this host, from its order to its end: start-up timer, messages, stop ladder, exit reason.
 *
 * - It exists before its process does: entry and variables are looked up first, and a stop may come meanwhile.
 * - Messages that come before the process is there wait for it.
 */
export class WorkerProcess {
  readonly #events: WorkerProcessEvents;
  readonly #waiting: HostMessage[] = [];
  readonly #startupTimer: NodeJS.Timeout;
  readonly #startupTimeLimitMs: number;
  #child: Child | undefined;
  #ladder: LadderRun | undefined;
  #stopCause = '';
  /** When the stop's limit passes, by performance.now(). */
  #stopByMs = 0;
  #isForced = false;
  #wasTerminated = false;
  #hasBooted = false;
  #hasListened = false;
  /** What its apps still have to do before they are ready; '' = nothing was said. */
  #awaiting: Pick<Awaiting, 'what' | 'code'> | undefined;
  /** Path that the app is asked for before it is ready; '' = none yet. */
  #preloading = '';
  /** Why it is not well, as its app said before a ping; undefined: it has not. */
  #unhealthy: string | undefined;
  #failed: { code: ErrorCode; message: string } | undefined;
  #ended: { code: ErrorCode; message: string } | undefined;
  #stats: Stats | undefined;
  #isOver = false;

  constructor(startupTimeLimitMs: number, events: WorkerProcessEvents) {
    this.#events = events;
    this.#startupTimeLimitMs = startupTimeLimitMs;
    this.#startupTimer = setTimeout(() => this.#startupLimitPassed(), startupTimeLimitMs);
  }

  get stats(): Stats | undefined {
    return this.#stats;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** A stop came, or the end, before there was a process: none shall be created any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Gives the worker its process and the process its app. */
  run(child: Child, sink: LineSink, assign: Assign, fromSpare: boolean): void {
    this.#child = child;
    this.#hasBooted = child.isReady;
    child.adopt({ onMessage: (message) => this.#hear(message), onEnd: (end) => this.#end(end) }, sink);
    child.send(assign);
    for (const message of this.#waiting.splice(0)) child.send(message);
    if (child.pid > 0) this.#events.onSpawned(child.pid, fromSpare);
  }

  /** It cannot be started at all. */
  fail(code: ErrorCode, message: string): void {
    this.#finish({ code: -1, signal: '', errorCode: code, message, planned: false });
  }

  /** Passes a message on; the child sorts out what it knows already. */
  send(message: HostMessage): void {
    if (this.#child) this.#child.send(message);
    else this.#waiting.push(message);
  }

  /** Enters the ladder. A repeated stop does nothing; one that is forced after a polite one, or leaves clearly less time, starts the ladder anew. */
  stop(stop: StopFacts): void {
    const byMs = performance.now() + stop.limitMs;
    const isRepeated = this.#stopCause !== '' && !stop.force && byMs > this.#stopByMs - SHORTER_BY_MS;
    if (this.#isOver || isRepeated || this.#isForced) return;
    this.#stopByMs = byMs;
    clearTimeout(this.#startupTimer);
    if (this.#stopCause === '') this.#stopCause = stop.cause;
    this.#isForced = stop.force;
    const child = this.#child;
    if (!child) {
      this.#finish({ code: -1, signal: '', errorCode: '', message: `stopped before it began: ${stop.cause}`, planned: true });
      return;
    }
    this.#ladder?.cancel();
    this.#ladder = new LadderRun(stopLadder(stop.limitMs, stop.force), (step) => {
      if (step === 'ask') child.send({ type: 'stop', successor: stop.successor, ...shareOut(stop.limitMs), cause: stop.cause });
      else if (step === 'terminate') this.#terminate(child);
      else this.#kill('SHUTDOWN_TIMEOUT', `it had not ended after ${stop.limitMs} ms and was killed`);
    });
  }

  #terminate(child: Child): void {
    this.#wasTerminated = true;
    child.terminate();
  }

  #kill(code: ErrorCode, message: string): void {
    this.#ended ??= { code, message };
    this.#child?.kill();
  }

  #startupLimitPassed(): void {
    const limit = `within startupTimeLimit (${this.#startupTimeLimitMs} ms)`;
    if (!this.#child) this.fail('STARTUP_TIMEOUT', `its process was not created ${limit}`);
    else if (this.#preloading !== '') this.#kill('PRELOAD_FAILED', `the app had not answered GET ${this.#preloading} ${limit}`);
    else if (this.#awaiting) this.#kill(this.#awaiting.code, `${this.#awaiting.what} ${limit}`);
    else if (this.#hasBooted) this.#kill('APP_DID_NOT_LISTEN', `the app did not call listen() ${limit}`);
    else this.#kill('STARTUP_TIMEOUT', `the worker process did not load ${limit}`);
  }

  #hear(message: ChildMessage): void {
    this.#hasBooted = true;
    switch (message.type) {
      case 'awaiting':
        this.#awaiting = message.what === '' ? undefined : message;
        break;
      case 'preloading':
        this.#preloading = message.path;
        break;
      case 'listening':
        this.#hasListened = true;
        clearTimeout(this.#startupTimer);
        this.#events.onListening();
        break;
      case 'extraListen':
        this.#events.onExtraListen(message.wanted, message.actual);
        break;
      case 'connected':
        this.#events.onConnected({ adapterId: message.adapterId, channelId: message.channelId });
        break;
      case 'disconnected':
        this.#events.onDisconnected({ adapterId: message.adapterId, channelId: message.channelId }, message.reason);
        break;
      case 'idle':
        this.#events.onIdle(message.connected);
        break;
      case 'recycle':
        this.#events.onRecycle(String(message.reason));
        break;
      case 'unhealthy':
        this.#unhealthy = String(message.reason);
        this.#events.onUnhealthy(this.#unhealthy);
        break;
      case 'log':
        this.#events.onLog(message);
        break;
      case 'span':
        this.#events.onSpan(message);
        break;
      case 'stats':
        this.#events.onStats(message, this.#stats);
        this.#stats = message;
        break;
      case 'failed':
        this.#failed ??= { code: message.code, message: message.message };
        break;
      case 'spare':
      case 'drained':
        break;
    }
  }

  #end(end: ChildEnd): void {
    this.#finish(
      explainExit({
        code: end.code,
        signal: end.signal,
        spawnError: end.spawnError,
        hasListened: this.#hasListened,
        failed: this.#failed,
        ended: this.#ended,
        stopCause: this.#stopCause,
        unhealthy: this.#unhealthy,
        wasTerminated: this.#wasTerminated,
        lastLine: end.tellingLine,
      }),
    );
  }

  #finish(exit: ExitFacts): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#startupTimer);
    this.#ladder?.cancel();
    this.#events.onExited(exit);
  }
}
