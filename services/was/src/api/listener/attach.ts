import { BatonError } from '@baton/core';
import { create, listener } from '@baton/proto';
import { BLOB_LIMIT_BYTES, channelRef } from '@baton/store';
import { type Channel, newChannel, storedChannel } from '../../cluster/channel.ts';
import { findSlot } from '../../cluster/cluster.ts';
import { nothingTold, type Registration } from '../../cluster/registration.ts';
import { type Slot, seatOf } from '../../cluster/slot.ts';
import { jwkSet } from '../../keys/ring.ts';
import { LIMITS } from '../../limits.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { permitOpens } from '../../reconcile/permit.ts';
import { closeWithout, noteHandover } from '../../recycle/reports.ts';
import { forgetAcknowledgements } from './acknowledge.ts';
import { activationFailing, instanceGone } from './messages.ts';
import { tellOne } from './tell.ts';

/**
 * An adapter registers: its channels are attached, what it has eligible is noted, and it gets the whole configuration in the documented
 * order: Connected, pools, applications, permissions, InitializationCompleted.
 */
export function takeRegister(engine: Engine, registration: Registration, register: listener.Register, publicJwk: string): void {
  const { cluster, time } = engine;
  const { adapterId, protocolId, pid } = register;
  const { key } = registration;
  const isNew = !registration.hasRegistered && channelsOfRegistration(engine, key).length === 0;
  Object.assign(registration, { pid, isAttached: true, hasRegistered: true, registeredAtMs: time.now(), told: nothingTold() });
  registration.unneededSinceMs.clear();
  forgetAcknowledgements(engine, registration);
  forgetUnlisted(engine, key, register);
  for (const report of register.channels) takeChannel(engine, register, report);
  const facts = { clusterId: cluster.id, workerKeyJwk: publicJwk, workerKeysJwks: jwkSet(cluster.keys) };
  const value = create(listener.ConfigManagerConnectedSchema, facts);
  engine.adapters.send(key, { case: 'configManagerConnected', value });
  tellOne(engine, registration);
  for (const name of registration.told.pools.keys()) {
    const failing = cluster.pools.get(name)?.failing;
    if (failing) engine.adapters.send(key, activationFailing(name, failing));
    permitOpens(engine, name);
  }
  engine.adapters.send(key, {
    case: 'configManagerInitializationCompleted',
    value: create(listener.ConfigManagerInitializationCompletedSchema),
  });
  tellDead(engine, key, register);
  const message = `adapter ${adapterId} (${protocolId}) is attached with ${register.channels.length} channels${isNew ? '' : ', again'}`;
  engine.events.tell({ type: 'adapter.attached', message });
  engine.touchAll();
}

/** Before anything of the registration is taken: what it reports is what its protocol may have. Throws INVALID_ARGUMENT. */
export function checkChannels({ cluster }: Engine, { adapterId, protocolId, channels }: listener.Register): void {
  for (const { channelId, blob } of channels) {
    checkBlob(blob);
    checkProtocol(cluster.channels.get(channelRef(adapterId, channelId)), protocolId);
  }
}

/** A channel that was saved for this adapter and that it does not list was closed while WAS was away. */
function forgetUnlisted(engine: Engine, key: string, { adapterId, channels }: listener.Register): void {
  const listed = new Set(channels.map(({ channelId }) => channelRef(adapterId, channelId)));
  for (const channel of channelsOfRegistration(engine, key)) if (!listed.has(channel.ref)) dropChannel(engine, channel);
}

function takeChannel(engine: Engine, { adapterId, protocolId }: listener.Register, report: listener.ChannelReport): void {
  const { poolId, channelId } = report;
  const blob = Buffer.from(report.blob);
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

/** Channel ids are counted over all protocols of a process. Throws INVALID_ARGUMENT. */
export function checkProtocol(channel: Channel | undefined, protocol: string): void {
  if (!channel || channel.protocol === protocol) return;
  throw new BatonError('INVALID_ARGUMENT', `channel ${channel.ref} belongs to protocol ${channel.protocol}, not ${protocol}`);
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
function tellDead(engine: Engine, key: string, { channels }: listener.Register): void {
  for (const { poolId, slots } of channels) {
    for (const { slot, eligibleWorkerId, workerIds } of slots) {
      for (const workerId of new Set([...workerIds, eligibleWorkerId])) {
        const grave = engine.graves.get(workerId);
        if (grave) engine.adapters.send(key, instanceGone(poolId, slot, workerId, grave.cause, grave.isPlanned));
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

/** The stream of one protocol is lost: its channels count as attached for a while, then they are required for nothing. Those of others stay. */
export function loseRegistration(engine: Engine, key: string, reason: string): void {
  const registration = engine.cluster.registrations.get(key);
  if (!registration?.isAttached || engine.isStopped) return;
  registration.isAttached = false;
  forgetAcknowledgements(engine, registration);
  const lostAtMs = engine.time.now();
  const message = `adapter ${registration.adapterId} (${registration.protocol}) lost its stream: ${reason}`;
  engine.events.tell({ type: 'adapter.detached', message, cause: reason });
  for (const channel of channelsOfRegistration(engine, key)) {
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

export function channelsOfRegistration({ cluster }: Engine, key: string): Channel[] {
  return [...cluster.channels.values()].filter(({ registration }) => registration === key);
}

function forgetSeats({ cluster }: Engine, { pool, ref }: Channel): void {
  for (const slot of cluster.pools.get(pool)?.slots.values() ?? []) slot.seats.delete(ref);
}
