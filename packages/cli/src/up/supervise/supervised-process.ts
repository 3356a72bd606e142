import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BatonError, backoffMs, sleep, within } from '@baton/core';
import { type Exit, formatExit, toStartError } from './exit.ts';
import { startTimeOf } from './process-id.ts';
import type { ProcessSpec, ReadyFacts } from './spec.ts';

export interface SupervisionEvents {
  /** One line of the process's output. */
  onLine(key: string, stream: 'stdout' | 'stderr', text: string): void;
  /** It ended unasked, or a start failed; the next start is in `retryInMs`. */
  onDown(key: string, reason: string, retryInMs: number): void;
  /** It is ready, for the first time or again. */
  onReady(key: string, pid: number, isFirst: boolean): void;
}

/** Names a running process beyond doubt. */
export interface RunningProcess {
  readonly pid: number;
  readonly startTime: string;
}

const BACKOFF = { firstMs: 200, maxMs: 10_000 };
/** After so long without trouble the next failure counts as the first. */
const STABLE_MS = 60_000;
const START_LIMIT_MS = 30_000;
/** Kept of the output, to tell why a start failed. */
const LAST_WORDS = 10;

/**
 * Keeps one process running: started again with growing delays (0.2 s to 10 s) whenever it ends unasked.
 *
 * - It runs in a process group of its own, so that a terminal's Ctrl-C reaches `baton up` only.
 */
export class SupervisedProcess {
  readonly key: string;
  readonly #spec: ProcessSpec;
  readonly #events: SupervisionEvents;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #facts: ReadyFacts | undefined;
  #running: RunningProcess | undefined;
  #lastWords: string[] = [];

  constructor(spec: ProcessSpec, events: SupervisionEvents) {
    this.key = spec.key;
    this.#spec = spec;
    this.#events = events;
  }

  /** The process that does the work, while there is one. */
  get running(): RunningProcess | undefined {
    return this.#running;
  }

  get ports(): Readonly<Record<string, number>> {
    return this.#facts?.ports ?? {};
  }

  /** Starts it and resolves when it is ready; rejects with its own error when it ends before, and then it is not started again. */
  async start(signal: AbortSignal): Promise<ReadyFacts> {
    const child = this.#spawn();
    const facts = await this.#awaitReady(child, AbortSignal.any([signal, this.#stopping.signal]));
    this.#becomeReady(child, facts, true);
    void this.#keepRunning(child);
    return facts;
  }

  /** Asks it to end (SIGTERM) and resolves when it has; what runs after `limitMs` is killed with its group. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping.abort(new BatonError('TIMEOUT', 'the cluster stops'));
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    child.kill('SIGTERM');
    await within(this.#exited, limitMs, `the end of ${this.key}`).catch(() => {
      this.#events.onLine(this.key, 'stderr', `did not end within ${limitMs} ms and is killed`);
      this.kill();
    });
    await this.#exited;
  }

  /** SIGKILL to its whole group, at once. */
  kill(): void {
    this.#stopping.abort(new BatonError('TIMEOUT', 'the cluster is killed'));
    if (this.#child) killGroup(this.#child);
  }

  async #keepRunning(first: ChildProcess): Promise<void> {
    let child = first;
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const readyAt = Date.now();
      const exit = await exitOf(child);
      this.#running = undefined;
      if (this.#stopping.signal.aborted) return;
      killGroup(child); // what it may have left in its group
      if (Date.now() - readyAt > STABLE_MS) failures = 0;
      const next = await this.#startAgain(formatExit(exit), failures);
      if (!next) return;
      child = next.child;
      failures = next.failures;
    }
  }

  async #startAgain(reason: string, failures: number): Promise<{ child: ChildProcess; failures: number } | undefined> {
    for (let attempt = failures, why = reason; !this.#stopping.signal.aborted; attempt++) {
      const delayMs = backoffMs(attempt, BACKOFF);
      this.#events.onDown(this.key, why, delayMs);
      try {
        await sleep(delayMs, this.#stopping.signal);
        const child = this.#spawn();
        this.#becomeReady(child, await this.#awaitReady(child, this.#stopping.signal), false);
        return { child, failures: attempt + 1 };
      } catch (error) {
        if (this.#stopping.signal.aborted) return undefined;
        if (this.#child) killGroup(this.#child);
        await this.#exited;
        why = BatonError.from(error).message;
      }
    }
    return undefined;
  }

  #spawn(): ChildProcess {
    const { command, env, hasIpc, keepsOpen, key } = this.#spec;
    const child = spawn(command, [...this.#spec.args(this.#facts)], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(hasIpc ? ['ipc' as const] : []), ...(keepsOpen === undefined ? [] : [keepsOpen])],
    });
    child.on('error', () => undefined); // spawn failures also reject the exit
    this.#child = child;
    this.#exited = exitOf(child);
    this.#lastWords = [];
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[stream]!, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (text) => {
        if (stream === 'stderr' || !hasIpc) this.#lastWords = [...this.#lastWords.slice(1 - LAST_WORDS), text];
        this.#events.onLine(key, stream, text);
      });
    }
    return child;
  }

  async #awaitReady(child: ChildProcess, signal: AbortSignal): Promise<ReadyFacts> {
    const given = new AbortController();
    try {
      const ended = exitOf(child).then(async (exit) => {
        await outputEnd(child);
        throw toStartError(this.key, exit, this.#lastWords);
      });
      ended.catch(() => undefined);
      const ready = this.#spec.awaitReady(child, AbortSignal.any([signal, given.signal]));
      return await within(Promise.race([ready, ended]), START_LIMIT_MS, `the start of ${this.key}`);
    } finally {
      given.abort(new BatonError('TIMEOUT', 'given up'));
    }
  }

  #becomeReady(child: ChildProcess, facts: ReadyFacts, isFirst: boolean): void {
    this.#facts = facts;
    const pid = facts.pid ?? child.pid!;
    this.#running = { pid, startTime: startTimeOf(pid) ?? '' };
    this.#events.onReady(this.key, pid, isFirst);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  if (child.pid === undefined) return { code: 127, signal: null };
  if (!hasEnded(child)) await once(child, 'exit').catch(() => undefined);
  return { code: child.exitCode, signal: child.signalCode };
}

/** Its last lines may arrive after its exit; what a grandchild still holds open is not waited for long. */
async function outputEnd(child: ChildProcess): Promise<void> {
  if (child.stdout?.readableEnded && child.stderr?.readableEnded) return;
  await within(once(child, 'close'), 500, 'the end of its output').catch(() => undefined);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // nobody is left in it
  }
}
