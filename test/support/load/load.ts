import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { until } from '@baton/core';
import { MIX, type Share } from './requests.ts';
import { type Sight, send } from './send.ts';

export interface LoadOptions {
  /** Without a path. */
  readonly url: string;
  /** Arrivals, whether or not earlier ones were answered. */
  readonly perSecond: number;
  /** @default MIX */
  readonly mix?: readonly Share[];
  /** Makes the connections; the load destroys it. @default one that connects as it needs */
  readonly agent?: Agent;
  /** How long answers may take after the last arrival, ms. @default 30_000 */
  readonly patienceMs?: number;
}

export interface Failure {
  /** Its x-request-id; empty for those that never ended. */
  readonly id: string;
  readonly request: string;
  /** Unix time at which it was sent, ms. */
  readonly sentAtMs: number;
  readonly afterMs: number;
  readonly wrong: string;
  /** The process that had begun to answer; 0 = none. */
  readonly begunBy: number;
}

/** What the client counted with its own eyes. */
export interface LoadReport {
  readonly sent: number;
  readonly answered: number;
  readonly failures: readonly Failure[];
  /** Processes that answered. */
  readonly pids: ReadonlySet<number>;
  /** From the moment at which it was due, ms, by name of the request. */
  readonly latency: Readonly<
    Record<string, { readonly count: number; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }>
  >;
  /** How far behind its schedule the client itself has been, ms. */
  readonly lateMs: number;
  readonly durationMs: number;
}

export interface Load extends Disposable {
  readonly sent: number;
  readonly answered: number;
  readonly failures: readonly Failure[];
  /** Resolves when all that was sent before has ended, while more is sent. */
  caughtUp(): Promise<void>;
  /** Sends no more, lets everything under way end, and counts what did not end as failed. */
  stop(): Promise<LoadReport>;
}

const TICK_MS = 4;
/** Spreads the kinds evenly, without a repeating pattern. */
const GOLDEN = 0.618_033_988_749_895;

/**
 * Load with a constant rate of arrivals: an answer that is slow holds nobody up, so that waiting shows and is not hidden.
 *
 * - Everything counts that a user would see: a refused connection, a status other than 200, a wrong, short or broken body.
 */
export function startLoad({ url, perSecond, mix = MIX, patienceMs = 30_000, ...options }: LoadOptions): Load {
  const base = new URL(url);
  const agent = options.agent ?? new Agent({ keepAlive: true, maxFreeSockets: 1_024, scheduling: 'lifo' });
  const name = randomBytes(4).toString('hex');
  const startedAtMs = performance.now();
  const failures: Failure[] = [];
  const pids = new Set<number>();
  const times = new Map<string, number[]>();
  /** Numbers of what is under way, oldest first. */
  const underWay = new Set<number>();
  let sent = 0;
  let answered = 0;
  let lateMs = 0;

  const issue = () => {
    const dueAtMs = startedAtMs + (sent * 1_000) / perSecond;
    const kind = choose(mix, (sent * GOLDEN) % 1);
    lateMs = Math.max(lateMs, performance.now() - dueAtMs);
    const number = ++sent;
    underWay.add(number);
    const id = `${name}-${number}`;
    send(base, kind, id, agent, (sight: Sight) => {
      answered++;
      underWay.delete(number);
      const afterMs = performance.now() - dueAtMs;
      if ('wrong' in sight) {
        failures.push({ id, request: kind.name, sentAtMs: performance.timeOrigin + dueAtMs, afterMs, ...sight });
        return;
      }
      pids.add(sight.pid);
      const own = times.get(kind.name);
      if (own) own.push(afterMs);
      else times.set(kind.name, [afterMs]);
    });
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1_000);
    while (sent < due) issue();
  }, TICK_MS);

  return {
    get sent() {
      return sent;
    },
    get answered() {
      return answered;
    },
    failures,
    async caughtUp() {
      const last = sent;
      await until(() => (underWay.values().next().value ?? last + 1) > last, patienceMs, 'the end of every request under way');
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      agent.destroy();
    },
    async stop() {
      clearInterval(timer);
      const durationMs = performance.now() - startedAtMs;
      await until(() => answered === sent, patienceMs, 'every answer').catch(() => {});
      const unanswered = Array.from({ length: sent - answered }, () => ({
        ...{ id: '', request: 'unknown', sentAtMs: 0, afterMs: patienceMs, wrong: 'no answer', begunBy: 0 },
      }));
      agent.destroy();
      const latency = Object.fromEntries([...times].map(([name, own]) => [name, summarise(own)]));
      return { sent, answered, failures: [...failures, ...unanswered], pids, latency, lateMs, durationMs };
    },
  };
}

function choose(mix: readonly Share[], point: number) {
  let sum = 0;
  for (const { percent, request } of mix) {
    sum += percent / 100;
    if (point < sum) return request;
  }
  return mix.at(-1)!.request;
}

function summarise(times: readonly number[]) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
