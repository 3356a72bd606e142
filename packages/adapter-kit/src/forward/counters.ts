import type { ErrorCode } from '@baton/core';
import { outcomeOf } from '../telemetry/outcome.ts';
import { RequestDurations } from '../telemetry/request-durations.ts';

/** Plain counts of one pool since the adapter started; read by probes and load reports, written on the request path. */
export class PoolCounters {
  admitted = 0;
  /** Answered by a worker, whole. */
  answered = 0;
  /** Answered by the adapter itself: queue, timeouts, stopped pools. */
  refused = 0;
  /** 502 and broken connections: a worker had it and could not answer. */
  failed = 0;
  clientClosed = 0;
  moved = 0;
  replayed = 0;
  activations = 0;
  /** Handover orders by the answer. */
  readonly handovers = { done: 0, notReady: 0, busy: 0 };
  readonly durations = new RequestDurations();
  /** Requests that ended without the whole answer of a worker, by code. */
  readonly refusals = new Map<ErrorCode, number>();

  /** A request ended, after `ms`; `status` 0: none was sent. */
  ended(method: string, status: number, code: ErrorCode | undefined, ms: number, isEncrypted = false): void {
    this.durations.record(method, status, outcomeOf(code), ms, isEncrypted);
    if (code !== undefined) this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
