import type { RunReport, Start } from './run.ts';

/** A run of jobs, judged by what the app, BullMQ's own events, the jobs in Redis and the receipts say. */
export interface Judgement {
  /** What is wrong, one line each; none: everything holds. */
  readonly faults: readonly string[];
  /** Jobs that were started more than once. */
  readonly restarted: number;
  readonly stalls: number;
  /** From a kill to the next start of a job that it interrupted, ms, ascending. */
  readonly restartMs: readonly number[];
  readonly figures: {
    readonly inFlight: number;
    readonly finished: number;
    readonly moved: number;
    readonly replayed: number;
    readonly failed: number;
  };
}

/**
 * Holds everybody's count against everybody else's.
 *
 * - every job completed, told once, as one attempt; its starts, which the app wrote down, are one more than its stalls;
 * - each start but the last was in a process that was killed.
 */
export function judge({ jobs, starts, kills, completions, failures, receipts }: RunReport): Judgement {
  const faults: string[] = [];
  const killed = new Map(kills.map(({ pid, at }) => [pid, at]));
  const byJob = new Map<string, Start[]>();
  for (const start of starts) byJob.set(start.id, [...(byJob.get(start.id) ?? []), start]);
  const restartMs: number[] = [];
  let restarted = 0;
  let stalls = 0;
  for (const { id, state, attemptsMade, stalledCounter } of jobs) {
    const own = byJob.get(id) ?? [];
    if (state !== 'completed') faults.push(`${id} is ${state}`);
    if (completions.get(id) !== 1) faults.push(`${id} was told completed ${completions.get(id) ?? 0} times`);
    if (attemptsMade !== 1) faults.push(`${id} counts ${attemptsMade} attempts`);
    stalls += Math.max(0, stalledCounter);
    // One that died before the app wrote it down has stalled without a start.
    if (own.length === 0 || own.length > stalledCounter + 1)
      faults.push(`${id} was started ${own.length} times and stalled ${stalledCounter} times`);
    if (own.length > 1) restarted++;
    for (const [at, { pid, attempt }] of own.entries()) {
      if (attempt !== 0) faults.push(`${id} was started as attempt ${attempt + 1}`);
      if (at === own.length - 1) break;
      const killedAt = killed.get(pid);
      if (killedAt === undefined) faults.push(`${id} was started again although process ${pid} was not killed`);
      else restartMs.push(own[at + 1]!.at - killedAt);
    }
    byJob.delete(id);
  }
  for (const id of byJob.keys()) faults.push(`${id} was started and never added`);
  for (const id of failures.keys()) faults.push(`${id} was told failed`);
  const sum = (figure: (receipt: RunReport['receipts'][number]) => number | null) =>
    receipts.reduce((total, one) => total + (figure(one) ?? 0), 0);
  const figures = {
    inFlight: sum((one) => one.inFlightAtHandover),
    finished: sum((one) => one.finished),
    moved: sum((one) => one.moved),
    replayed: sum((one) => one.replayed),
    failed: sum((one) => one.failed),
  };
  for (const one of receipts) {
    if (one.outcome !== 'completed' || one.incomplete) continue;
    const told = one.finished + one.moved + one.replayed + one.failed;
    if (told !== one.inFlightAtHandover) faults.push(`${one.id} tells of ${told} jobs, ${one.inFlightAtHandover} were in flight`);
  }
  if (figures.failed > 0) faults.push(`the receipts tell of ${figures.failed} failed jobs`);
  if (figures.replayed > stalls) faults.push(`the receipts tell of ${figures.replayed} jobs that ran again, ${stalls} stalled`);
  return { faults, restarted, stalls, restartMs: restartMs.sort((a, b) => a - b), figures };
}
