import type { StoredReceipt } from '@baton/store';
import { Counters, Histograms, LIFECYCLE_SECONDS } from '@baton/telemetry';
import { sumsOf } from '../recycle/receipt.ts';

/** What becomes of the requests that a Handover finds in flight. */
const FATES = ['finished', 'moved', 'replayed', 'failed'] as const;

/** What the leader counts since it took over, for metrics. Labels are pools of the configuration, causes, outcomes and codes. */
export class Figures {
  readonly activations = new Counters<'activations'>();
  readonly activationTimes = new Histograms<'activationDuration'>(LIFECYCLE_SECONDS);
  readonly failures = new Counters<'workerFailures'>();
  /** Unix time of the last failure, by pool, ms. */
  readonly lastFailureAtMs = new Map<string, number>();
  readonly recycles = new Counters<'recycles'>();
  readonly recyclesIncomplete = new Counters<'recyclesIncomplete'>();
  readonly recycleTimes = new Histograms<'recycleDuration'>(LIFECYCLE_SECONDS);
  readonly overlaps = new Histograms<'recycleOverlap'>(LIFECYCLE_SECONDS);
  readonly phases = new Histograms<'recyclePhase'>(LIFECYCLE_SECONDS);
  readonly holds = new Histograms<'recycleHold'>(LIFECYCLE_SECONDS);
  readonly crossings = new Counters<'recycleRequests'>();
  /** Requests that recycles lost, by pool. */
  readonly lost = new Counters<'requestsLost'>();

  /** A worker became ready `tookMs` after its start was decided. */
  activated(pool: string, isFromSpare: boolean, tookMs: number): void {
    const labels = { pool, start: isFromSpare ? 'spare' : 'cold' };
    this.activations.add(labels);
    this.activationTimes.record(labels, tookMs);
  }

  /** A start failed or a worker crashed. */
  failed(pool: string, cause: string, nowMs: number): void {
    this.failures.add({ pool, cause });
    this.lastFailureAtMs.set(pool, nowMs);
  }

  /** A recycle has ended and its receipt is closed. */
  recycled(receipt: StoredReceipt): void {
    const { pool, cause, outcome, startedAtMs, endedAtMs = startedAtMs, overlapMs, phases, isIncomplete } = receipt;
    this.recycles.add({ pool, cause, outcome });
    this.recycleTimes.record({ pool, outcome }, endedAtMs - startedAtMs);
    if (isIncomplete) this.recyclesIncomplete.add({ pool });
    if (overlapMs !== undefined) this.overlaps.record({ pool }, overlapMs);
    for (const { name, ms } of phases) if (ms !== undefined) this.phases.record({ pool, phase: name }, ms);
    const sums = sumsOf(receipt);
    this.holds.record({ pool }, sums.longestHoldMs);
    for (const fate of FATES) this.crossings.add({ pool, outcome: fate }, sums[fate]);
    this.lost.add({ pool }, sums.failed);
  }

  /** A report came after the receipt was closed: what it says beyond that is counted too. Nothing that was counted is taken back. */
  corrected(before: StoredReceipt, after: StoredReceipt): void {
    const { pool } = after;
    const counted = sumsOf(before);
    const sums = sumsOf(after);
    const beyond = (fate: (typeof FATES)[number]) => Math.max(0, sums[fate] - counted[fate]);
    for (const fate of FATES) if (beyond(fate) > 0) this.crossings.add({ pool, outcome: fate }, beyond(fate));
    if (beyond('failed') > 0) this.lost.add({ pool }, beyond('failed'));
  }
}
