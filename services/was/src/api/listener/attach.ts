import { BatonError } from '@baton/core';
import { create, listener } from '@baton/proto';
import { BLOB_LIMIT_BYTES, channelRef } from '@baton/store';
import { type Channel, newChannel, storedChannel } from '../../cluster/channel.ts';
import { findSlot } from '../../cluster/cluster.ts';
import { type Slot, seatOf } from '../../cluster/slot.ts';
import { LIMITS } from '../../limits.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { permitOpens } from '../../reconcile/permit.ts';
import { closeWithout, noteHandover } from '../../recycle/reports.ts';
import { activationFailing, applicationCreated, instanceGone, poolCreated } from './messages.ts';

/**
 * An adapter registers: its channels are attached, what it has eligible is noted, and it gets the whole configuration in the documented
 * order: Connected, pools, applications, permissions, InitializationCompleted.
 */
export function takeRegister(engine: Engine, register: listener.Register, publicJwk: string): void {
  const { cluster, time } = engine;
  const { adapterId, protocolId, pid } = register;
  const isNew = !cluster.adapters.has(adapterId);
  cluster.adapters.set(adapterId, {
    id: adapterId,
    protocol: protocolId,
    pid,
    isAttached: true,
    hasRegistered: true,
    registeredAtMs: time.now(),
  });
  forgetUnlisted(engine, register);
  for (const report of register.channels) takeChannel(engine, register, report);
  const value = create(listener.ConfigManagerConnectedSchema, { clusterId: cluster.id, workerKeyJwk: publicJwk });
  engine.adapters.send(adapterId, { case: 'configManagerConnected', value });
  sendConfiguration(engine, adapterId);
  for (const pool of cluster.pools.values()) permitOpens(engine, pool.name);
  engine.adapters.send(adapterId, {
    case: 'configManagerInitializationCompleted',
    value: create(listener.ConfigManagerInitializationCompletedSchema),
  });
  tellDead(engine, register);
  const message = `adapter ${adapterId} (${protocolId}) is attached with ${register.channels.length} channels${isNew ? '' : ', again'}`;
  engine.events.tell({ type: 'adapter.attached', message });
  engine.touchAll();
}

function sendConfiguration({ cluster, adapters }: Engine, adapterId: string): void {
  for (const pool of cluster.pools.values()) {
    if (pool.isRemoved) continue;
    adapters.send(adapterId, poolCreated(pool));
    if (pool.failing) adapters.send(adapterId, activationFailing(pool));
  }
  const config = cluster.config?.parsed;
  for (const app of config?.apps ?? []) adapters.send(adapterId, applicationCreated(app, config!));
}

/** A channel that was saved for this adapter and that it does not list was closed while WAS was away. */
function forgetUnlisted(engine: Engine, { adapterId, channels }: listener.Register): void {
  const listed = new Set(channels.map(({ channelId }) => channelRef(adapterId, channelId)));
  for (const channel of [...engine.cluster.channels.values()]) {
    if (channel.adapterId === adapterId && !listed.has(channel.ref)) dropChannel(engine, channel);
  }
}

function takeChannel(engine: Engine, { adapterId, protocolId }: listener.Register, report: listener.ChannelReport): void {
  const { poolId, channelId } = report;
  const blob = checkBlob(report.blob);
  const ref = channelRef(adapterId, channelId);
  const now = engine.time.now();
  let channel = engine.cluster.channels.get(ref);
  if (!channel || channel.pool !== poolId) {
    channel = newChannel({ adapterId, channelId, protocol: protocolId, pool: poolId }, blob, 'attached', now);
    engine.cluster.channels.set(ref, channel);
  }
  channel.blob = blob;
  attachChannel(engine, channel);
  saveChannel(engine, channel);
  for (const slot of report.slots) takeSlotReport(engine, channel, slot);
}

export function attachChannel(engine: Engine, channel: Channel): void {
  channel.presence = 'attached';
  channel.presenceSinceMs = engine.time.now();
  channel.isPermissionTold = false;
}

/** Writes facts and blob; a write that is refused ends the leadership, not the call. */
export function saveChannel(engine: Engine, channel: Channel): Promise<void> {
  return engine
    .fenced((store) => store.saveChannel(storedChannel(channel), channel.blob))
    .catch((error: unknown) => {
      engine.log.warn({ err: error, channel: channel.ref }, `channel ${channel.ref} could not be saved`);
    });
}

/** What the adapter has eligible, whatever Redis says: corrected by a Handover where it is not the serving worker. */
function takeSlotReport(engine: Engine, channel: Channel, report: listener.SlotReport): void {
  const slot = findSlot(engine.cluster, report.slot);
  if (!slot || slot.pool !== channel.pool) return;
  const who = report.eligibleWorkerId;
  slot.seats.delete(channel.ref);
  const seat = seatOf(slot, channel.ref);
  seat.who = who;
  takeLastHandover(engine, slot, channel.ref, report);
  slot.reportedGeneration = Math.max(slot.reportedGeneration, report.highestGeneration, report.eligibleGeneration);
  const isUnknown = who !== '' && !engine.cluster.workers.has(who) && !engine.graves.get(who);
  if (isUnknown && engine.time.now() < engine.cluster.noLossBeforeMs) {
    // Redis may have lost this worker: its host, which has not reported yet, will know.
    engine.cluster.rumours.set(who, slot.name);
    slot.awaiting.add(`worker ${who}`);
  }
}

/** It may have done the Handover of the running change, and the answer was lost with its stream. */
function takeLastHandover(
  engine: Engine,
  slot: Slot,
  ref: string,
  { lastRecycleId, lastInFlight, eligibleWorkerId }: listener.SlotReport,
): void {
  const change = slot.change?.stored;
  if (!change || change.id !== lastRecycleId || change.to !== eligibleWorkerId) return;
  seatOf(slot, ref).done = { changeId: change.id, inFlight: lastInFlight };
  if (engine.receipts.get(change.id)?.shares[ref]?.doneAtMs) return;
  noteHandover(engine, ref, { recycleId: change.id, from: change.from, to: change.to, slot: slot.name, pool: slot.pool }, lastInFlight);
}

/** Deaths that were told while this adapter was away: of every worker it knows, because a drained one may still have requests of it. */
function tellDead(engine: Engine, { adapterId, channels }: listener.Register): void {
  for (const { poolId, slots } of channels) {
    for (const { slot, eligibleWorkerId, workerIds } of slots) {
      for (const workerId of new Set([...workerIds, eligibleWorkerId])) {
        const grave = engine.graves.get(workerId);
        if (grave) engine.adapters.send(adapterId, instanceGone(poolId, slot, workerId, grave.cause, grave.isPlanned));
      }
    }
  }
}

export function checkBlob(blob: Uint8Array): Buffer {
  if (blob.length === 0 || blob.length > BLOB_LIMIT_BYTES) {
    throw new BatonError('INVALID_ARGUMENT', `a blob has 1 to ${BLOB_LIMIT_BYTES} bytes, got ${blob.length}`);
  }
  return Buffer.from(blob);
}

/** The adapter's stream is lost: its channels count as attached for a while, then they are required for nothing. */
export function loseAdapter(engine: Engine, adapterId: string, reason: string): void {
  const adapter = engine.cluster.adapters.get(adapterId);
  if (!adapter?.isAttached || engine.isStopped) return;
  adapter.isAttached = false;
  const lostAtMs = engine.time.now();
  engine.events.tell({ type: 'adapter.detached', message: `adapter ${adapterId} lost its stream: ${reason}`, cause: reason });
  for (const channel of channelsOfAdapter(engine, adapterId)) {
    Object.assign(channel, { presence: 'grace', presenceSinceMs: lostAtMs, parked: 0, inFlight: 0 });
    forgetSeats(engine, channel);
    engine.touchPool(channel.pool);
  }
  engine.time.after(LIMITS.channelGraceMs, () => endGrace(engine));
}

/** Channels whose 5 s are over are detached; their blobs are kept for a day. */
export function endGrace(engine: Engine): void {
  const now = engine.time.now();
  let leftMs = Number.POSITIVE_INFINITY;
  for (const channel of engine.cluster.channels.values()) {
    if (channel.presence !== 'grace') continue;
    const endsAtMs = channel.presenceSinceMs + LIMITS.channelGraceMs;
    if (now < endsAtMs) {
      leftMs = Math.min(leftMs, endsAtMs - now);
      continue;
    }
    channel.presence = 'detached';
    channel.presenceSinceMs = now;
    void engine.fenced((store) => store.detachChannel(channel.adapterId, channel.channelId)).catch(() => {});
    closeWithout(engine, channel.ref);
    engine.touchPool(channel.pool);
  }
  // A timer may fire a millisecond before the clock says so, and nobody else would look at such a channel again.
  if (Number.isFinite(leftMs)) engine.time.after(leftMs, () => endGrace(engine));
}

/** Forgets a channel altogether. */
export function dropChannel(engine: Engine, channel: Channel): void {
  engine.cluster.channels.delete(channel.ref);
  forgetSeats(engine, channel);
  closeWithout(engine, channel.ref);
  const pool = engine.cluster.pools.get(channel.pool);
  if (pool) pool.requestsBefore += channel.requestsTotal;
  void engine.fenced((store) => store.removeChannel(channel.adapterId, channel.channelId)).catch(() => {});
  engine.touchPool(channel.pool);
}

export function channelsOfAdapter({ cluster }: Engine, adapterId: string): Channel[] {
  return [...cluster.channels.values()].filter((channel) => channel.adapterId === adapterId);
}

function forgetSeats({ cluster }: Engine, { pool, ref }: Channel): void {
  for (const slot of cluster.pools.get(pool)?.slots.values() ?? []) slot.seats.delete(ref);
}
