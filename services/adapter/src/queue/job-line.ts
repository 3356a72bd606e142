import type { LineFile } from '../log/access-log.ts';
import { writeLine } from '../log/write-line.ts';
import type { JobWork } from './job-work.ts';

/** Logs a job that is not held here any more; `nowMs` is on the adapter's clock. */
export function writeJobLine(file: LineFile, work: JobWork, nowMs: number): void {
  const { app, hold, queueName, instance, arrivedAtMs, deliveredAtMs, errorCode, reason, outcome, trace } = work;
  const { job } = hold;
  const identity = instance?.session.identity;
  writeLine(file, {
    type: 'job',
    time: new Date(performance.timeOrigin + arrivedAtMs).toISOString(),
    protocol: 'queue',
    queue: ascii(queueName),
    job: ascii(hold.id),
    name: ascii(job.name),
    outcome: outcome ?? 'lost',
    attempt: job.attemptsStarted,
    stalls: job.stalledCounter,
    durationMs: ms(nowMs - arrivedAtMs),
    waitMs: ms((deliveredAtMs === 0 ? nowMs : deliveredAtMs) - arrivedAtMs),
    pool: app!.pool,
    app: app!.appKey,
    slot: identity?.slot ?? null,
    worker: identity?.workerId ?? null,
    generation: identity?.generation ?? null,
    n: work.n,
    ...(trace ? { traceId: trace.context.traceId } : {}),
    ...(errorCode === undefined ? {} : { error: errorCode, reason: ascii(reason) }),
  });
}

const ms = (value: number): number => Math.round(value * 1000) / 1000;

/** The log is ASCII; what others wrote is cut where it is long. */
const ascii = (text: string): string => text.slice(0, 500).replace(/[^\x20-\x7e]/g, '?');
