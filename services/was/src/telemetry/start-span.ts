import { type FinishedSpan, parseTraceparent, SPANS } from '@baton/telemetry';
import type { Worker } from '../cluster/worker.ts';

/** The span of a start that is not part of a recycle, when the worker is ready or has failed (`error`); undefined: it is not traced. */
export function startSpan({ record, view, traceparent }: Worker, error: string | undefined, nowMs: number): FinishedSpan | undefined {
  const context = parseTraceparent(traceparent);
  if (!context) return undefined;
  return {
    name: SPANS.activation.name,
    kind: SPANS.activation.kind,
    context,
    parentSpanId: '',
    isParentRemote: false,
    startMs: record.decidedAtMs,
    endMs: nowMs,
    error,
    attributes: {
      'baton.pool': record.pool,
      'baton.slot': record.slot,
      'baton.worker': record.id,
      'baton.host': record.host,
      'baton.generation': record.generation,
      'baton.cause': record.reason,
      'baton.start': view.isFromSpare ? 'spare' : 'cold',
      'error.type': error,
    },
  };
}
