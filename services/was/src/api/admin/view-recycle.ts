import { admin, create, timestampFromMs, toJson } from '@baton/proto';
import type { StoredReceipt } from '@baton/store';
import { sumsOf } from '../../recycle/receipt.ts';

/** A receipt as operators see it. */
export function viewRecycle(receipt: StoredReceipt, now: number, waitsFor = ''): admin.Recycle {
  const { startedAtMs, endedAtMs, phases, overlapMs, isIncomplete, traceparent } = receipt;
  const draining = drainingOf(receipt);
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
    ...holdersOf(receipt, now),
    ...(draining ? { draining } : {}),
    waitsFor,
  });
}

/** Holders that are shown; adapters tell as many each. */
const MOST_HOLDERS = 20;

function holdersOf({ holders = {} }: StoredReceipt, now: number) {
  const all = Object.values(holders);
  const oldest = all.flatMap(({ first }) => first).sort((a, b) => a.sinceMs - b.sinceMs);
  return {
    holders: oldest
      .slice(0, MOST_HOLDERS)
      .map(({ kind, app, what, client, sinceMs }) => ({ kind, app, what, client, forMs: Math.max(0, Math.round(now - sinceMs)) })),
    holderCount: all.reduce((sum, { count }) => sum + count, 0),
  };
}

/** Its old worker drains now. */
function drainingOf({ phases, result, drainLimitMs }: StoredReceipt): { sinceMs: number; limitMs: number } | undefined {
  const phase = phases.find(({ name }) => name === 'draining');
  return phase && !result && drainLimitMs !== undefined ? { sinceMs: phase.beganAtMs, limitMs: drainLimitMs } : undefined;
}

/** Fields that are null while there is nothing to say, or for good where it never came to be. */
const MAY_LACK = ['oldWorker', 'newWorker', 'oldHost', 'newHost', 'oldGeneration', 'newGeneration', 'traceId', 'waitsFor'] as const;
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
