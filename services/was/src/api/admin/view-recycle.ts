import { admin, create, timestampFromMs, toJson } from '@baton/proto';
import type { StoredReceipt } from '@baton/store';
import { sumsOf } from '../../recycle/receipt.ts';

/** A receipt as operators see it. */
export function viewRecycle(receipt: StoredReceipt): admin.Recycle {
  const { startedAtMs, endedAtMs, phases, overlapMs, isIncomplete, traceparent } = receipt;
  return create(admin.RecycleSchema, {
    id: receipt.id,
    pool: receipt.pool,
    slot: receipt.slot,
    cause: receipt.cause,
    requestedBy: receipt.requestedBy,
    reason: receipt.reason,
    outcome: receipt.outcome,
    failure: receipt.failure ?? '',
    oldWorker: receipt.oldWorker,
    newWorker: receipt.newWorker,
    oldHost: receipt.oldHost,
    newHost: receipt.newHost,
    oldGeneration: receipt.oldGeneration,
    newGeneration: receipt.newGeneration,
    startedAt: timestampFromMs(Math.round(startedAtMs)),
    ...(endedAtMs === undefined ? {} : { endedAt: timestampFromMs(Math.round(endedAtMs)) }),
    phases: phases.map(({ name, ms = 0 }) => ({ name, ms })),
    overlapMs: overlapMs ?? 0,
    ...sumsOf(receipt),
    incomplete: isIncomplete,
    traceId: traceparent?.split('-')[1] ?? '',
  });
}

/** Fields that are null while there is nothing to say, or for good where it never came to be. */
const MAY_LACK = ['oldWorker', 'newWorker', 'oldHost', 'newHost', 'oldGeneration', 'newGeneration', 'traceId'] as const;
/** Fields that say nothing before the hand-over of a running recycle. */
const MEASURED = ['inFlightAtHandover', 'longestHoldMs'] as const;

/** The JSON form of a receipt (contract.md, `recycle show --json`): every field, and null for what is not there yet. */
export function recycleJson(recycle: admin.Recycle): Record<string, unknown> {
  const json = toJson(admin.RecycleSchema, recycle, { alwaysEmitImplicit: true }) as Record<string, unknown>;
  const fields = admin.RecycleSchema.fields.map(({ jsonName }) => jsonName);
  const lacks = (name: string) => json[name] === '' || json[name] === 0;
  const isRunning = recycle.outcome === 'running';
  const absent: string[] = [
    ...MAY_LACK.filter(lacks),
    ...(isRunning ? MEASURED.filter(lacks) : []),
    ...(recycle.outcome === 'completed' ? [] : ['overlapMs']),
  ];
  return Object.fromEntries(fields.map((name) => [name, absent.includes(name) ? null : (json[name] ?? null)]));
}
