import type { StoredReceipt } from '@baton/store';
import { type FinishedSpan, newSpanId, parseTraceparent, SPANS } from '@baton/telemetry';
import { sumsOf } from '../recycle/receipt.ts';

/**
 * The spans of a recycle that has ended: one for it, and one under it for each of its phases.
 *
 * - Made from the receipt alone, so that a leader that took over writes the same trace as the one that began it.
 * - Empty: the recycle is not traced.
 */
export function recycleSpans(receipt: StoredReceipt): FinishedSpan[] {
  const context = parseTraceparent(receipt.traceparent ?? '');
  if (!context) return [];
  const { startedAtMs, endedAtMs = startedAtMs, outcome, failure, phases } = receipt;
  const { inFlightAtHandover, finished, moved, replayed, failed, longestHoldMs } = sumsOf(receipt);
  const error = outcome === 'failed' ? (failure ?? 'failed') : undefined;
  const whole: FinishedSpan = {
    name: SPANS.recycle.name,
    kind: SPANS.recycle.kind,
    context,
    parentSpanId: '',
    isParentRemote: false,
    startMs: startedAtMs,
    endMs: endedAtMs,
    error,
    attributes: {
      'baton.recycle': receipt.id,
      'baton.pool': receipt.pool,
      'baton.slot': receipt.slot,
      'baton.cause': receipt.cause,
      'baton.requested_by': receipt.requestedBy,
      'baton.outcome': outcome,
      'baton.old_worker': receipt.oldWorker,
      'baton.new_worker': receipt.newWorker,
      'baton.old_host': receipt.oldHost,
      'baton.new_host': receipt.newHost,
      'baton.in_flight': inFlightAtHandover,
      'baton.finished': finished,
      'baton.moved': moved,
      'baton.replayed': replayed,
      'baton.failed': failed,
      'baton.overlap_ms': receipt.overlapMs,
      'baton.longest_hold_ms': longestHoldMs,
      'baton.incomplete': receipt.isIncomplete,
    },
  };
  const parts = phases.map(
    ({ name, beganAtMs, ms = 0 }): FinishedSpan => ({
      name: SPANS.phase.name.replace('{phase}', name),
      kind: SPANS.phase.kind,
      context: { ...context, spanId: newSpanId() },
      parentSpanId: context.spanId,
      isParentRemote: false,
      startMs: beganAtMs,
      endMs: beganAtMs + ms,
      attributes: {},
    }),
  );
  return [whole, ...parts];
}
