import type { ErrorCode } from '@baton/core';
import type { Channel } from '../cluster/channel.ts';
import { channelsOf, findSlot, isRequired } from '../cluster/cluster.ts';
import { entriesOf, type Pool } from '../cluster/pool.ts';
import type { Slot } from '../cluster/slot.ts';
import { chooseHost } from '../place/place.ts';
import type { Engine } from '../reconcile/engine.ts';
import { isEnding } from '../worker/record.ts';
import { mostDraining } from './drain-limit.ts';
import { newReceipt, type Party } from './receipt.ts';
import { waitsFor } from './waits-for.ts';

/** Why a worker is recycled. */
export type RecycleCause = 'onDemand' | 'configChange' | 'time' | 'requests' | 'schedule' | 'app' | 'partlyConnected';

/** A recycle that somebody asks for. */
export interface RecycleRequest {
  readonly cause: RecycleCause;
  /** One line for operators; may be empty. */
  readonly reason: string;
  /** "admin", "schedule", "worker w3", … */
  readonly requestedBy: string;
}

/**
 * What becomes of a request.
 *
 * - begun: it begins now, or as soon as the slot is ready for it; its receipt runs.
 * - joined: a recycle that was asked for earlier does it; the first cause wins.
 * - idle: nobody serves the slot.
 */
export type RecycleDecision =
  | { readonly outcome: 'begun' | 'joined'; readonly recycleId: string }
  | { readonly outcome: 'idle' }
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly message: string };

/**
 * Asks for a recycle of the worker that serves a slot. Decided at once; carried out by the rules of the slot.
 *
 * - One per slot at a time: while one runs or waits, further requests join it, but for `configChange`: what a running one started may not
 *   have the changed settings, so another one follows it.
 */
export function requestRecycle(engine: Engine, slotName: string, request: RecycleRequest): RecycleDecision {
  const slot = findSlot(engine.cluster, slotName);
  const pool = slot && engine.cluster.pools.get(slot.pool);
  if (!slot || !pool) return refused('NOT_FOUND', `there is no slot "${slotName}"`);
  if (pool.state === 'stopped') return refused('POOL_STOPPED', `pool ${pool.name} is stopped: ${pool.cause}`);
  if (slot.next) return { outcome: 'joined', recycleId: slot.next.id };
  const running = slot.change && slot.change.stored.kind !== 'idle' ? slot.change.stored.id : undefined;
  if (running && request.cause !== 'configChange') return { outcome: 'joined', recycleId: running };
  if (!running) {
    const no = whyNot(engine, pool, slot);
    if (no) return no;
  }
  const old = engine.cluster.workers.get(slot.change?.stored.to || slot.serving)?.record ?? NOBODY;
  const recycleId = engine.newRecycleId('recycle');
  const { cause, reason, requestedBy } = request;
  const receipt = newReceipt({ id: recycleId, pool: pool.name, slot: slot.name, cause, reason, requestedBy }, old, engine.time.now());
  const traceparent = engine.tracer.begin(receipt);
  engine.receipts.put(traceparent === '' ? receipt : { ...receipt, traceparent });
  slot.next = { id: recycleId, cause: request.cause };
  engine.touch(slot.name);
  return { outcome: 'begun', recycleId };
}

/** Work is parked: the worker that will be recycled has no name yet. */
const NOBODY: Party = { id: '', host: '', generation: 0 };

function whyNot(engine: Engine, pool: Pool, slot: Slot): RecycleDecision | undefined {
  const worker = engine.cluster.workers.get(slot.serving);
  if (!worker || slot.isRetired) return { outcome: 'idle' };
  const name = `worker ${worker.record.id} of ${slot.name}`;
  if (isEnding(worker.record)) return refused('RECYCLE_REFUSED', `${name} is ending already: ${worker.record.cause ?? 'unasked'}`);
  if (!channelsOf(engine.cluster, pool.name).some(isRequired)) {
    return refused('RECYCLE_REFUSED', `no channel of pool ${pool.name} is attached: no adapter could take over from ${name}`);
  }
  return undefined;
}

function refused(code: ErrorCode, message: string): RecycleDecision {
  return { outcome: 'refused', code, message };
}

/** What would keep a recycle of the pool from beginning, or from ending soon, one line each; nothing when nothing does. */
export function whatHolds(engine: Engine, poolName: string): string[] {
  const pool = engine.cluster.pools.get(poolName);
  if (!pool) return [`there is no pool "${poolName}"`];
  if (pool.state === 'stopped') return [`pool ${poolName} is stopped: ${pool.cause}`];
  const slots = [...pool.slots.values()].filter(({ serving }) => serving !== '');
  return [
    ...slots.flatMap((slot) => holdsOfSlot(engine, pool, slot)),
    ...holdsOfHosts(engine, pool, slots),
    ...holdsOfChannels(engine, pool),
  ];
}

function holdsOfSlot(engine: Engine, pool: Pool, slot: Slot): string[] {
  const { change, next, serving, name } = slot;
  if (next) {
    const why = waitsFor(engine.cluster, name, next.id);
    return [`${name}: recycle ${next.id} (${next.cause}) waits for its turn and would be joined${why && `: ${why}`}`];
  }
  if (change && change.stored.kind !== 'idle')
    return [`${name}: recycle ${change.stored.id} (${change.stored.cause}) runs and would be joined`];
  const most = mostDraining(pool.config.drain);
  if (slot.draining.length >= most) {
    return [
      `${name}: ${slot.draining.map(({ id }) => id).join(', ')} drain already; with drain.maxDraining ${most} it waits until one has ended`,
    ];
  }
  const no = whyNot(engine, pool, slot);
  if (no?.outcome === 'refused') return [`${name}: ${no.message}`];
  const worker = engine.cluster.workers.get(serving);
  if (slot.awaiting.size > 0) return [`${name}: WAS waits for ${[...slot.awaiting].join(', ')} to report`];
  return worker && worker.record.state !== 'ready'
    ? [`${name}: worker ${serving} is ${worker.record.state}; its recycle waits until it is ready`]
    : [];
}

function holdsOfHosts({ cluster, time }: Engine, pool: Pool, slots: readonly Slot[]): string[] {
  if (slots.length === 0 || pool.config.recycling.disallowOverlappingRotation) return [];
  const load = new Map<string, number>();
  for (const { record } of cluster.workers.values()) load.set(record.host, (load.get(record.host) ?? 0) + 1);
  const choice = chooseHost([...cluster.hosts.values()], load, entriesOf(pool), time.now());
  return choice.host === undefined ? [`no host for a replacement: ${choice.reason}`] : [];
}

function holdsOfChannels({ cluster }: Engine, pool: Pool): string[] {
  const said = (channel: Channel) =>
    `channel ${channel.ref}: its adapter lost its stream a moment ago, and no commit goes without it for 5 s`;
  return channelsOf(cluster, pool.name)
    .filter(({ presence }) => presence === 'grace')
    .map(said);
}
