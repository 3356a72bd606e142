import { BatonError } from '@baton/core';
import type { listener } from '@baton/proto';
import { channelRef } from '@baton/store';
import { type Channel, newChannel } from '../../cluster/channel.ts';
import { LIMITS } from '../../limits.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { judgeOpen } from '../../reconcile/permit.ts';
import { attachChannel, channelsOfRegistration, checkBlob, checkProtocol, saveChannel } from './attach.ts';
import { checkRegistered } from './find-registration.ts';
import { poolsFor } from './view.ts';

/**
 * OpenListenerChannelInstance: saves the blob, and has one worker started when nobody serves the pool. Accepted, not ready.
 *
 * - The same permission number again is the same Open: answered `repeated`, nothing is started.
 * - INVALID_ARGUMENT (E_INVALIDARG), OPEN_NOT_PERMITTED (E_INVALIDARG) for an old or no number, NOT_REGISTERED (ERROR_NOT_FOUND),
 *   NOT_CONNECTED (ERROR_PIPE_NOT_CONNECTED).
 */
export async function takeOpen(engine: Engine, request: listener.OpenListenerChannelInstanceRequest): Promise<{ repeated: boolean }> {
  const { key } = checkRegistered(engine, request.adapterId, request.protocolId);
  const blob = checkBlob(request.blob);
  checkByteCount(request);
  const channel = channelOf(engine, key, request, blob);
  const verdict = judgeOpen(channel, request.permission);
  if (verdict === 'refuse') {
    throw new BatonError(
      'OPEN_NOT_PERMITTED',
      `channel ${channel.ref} was opened with permission ${request.permission}, expected ${channel.permission || 'to wait for one'}`,
    );
  }
  engine.cluster.channels.set(channel.ref, channel);
  channel.blob = blob;
  if (verdict === 'accept') {
    channel.openedWith = request.permission;
    channel.permission = 0;
    attachChannel(engine, channel);
    channel.parked = Math.max(1, channel.parked);
    wantFirstWorker(engine, channel.pool);
  }
  await saveChannel(engine, channel);
  return { repeated: verdict === 'repeat' };
}

function channelOf(engine: Engine, key: string, request: listener.OpenListenerChannelInstanceRequest, blob: Buffer): Channel {
  const { adapterId, protocolId, poolId, channelId } = request;
  checkPool(engine, poolId, protocolId);
  const known = engine.cluster.channels.get(channelRef(adapterId, channelId));
  checkProtocol(known, protocolId);
  if (known && known.pool !== poolId) {
    throw new BatonError('INVALID_ARGUMENT', `channel ${known.ref} belongs to pool "${known.pool}", not "${poolId}"`);
  }
  if (!known && channelsOfRegistration(engine, key).length >= LIMITS.maxChannelsPerAdapter) {
    throw new BatonError(
      'INVALID_ARGUMENT',
      `adapter ${adapterId} (${protocolId}) has ${LIMITS.maxChannelsPerAdapter} channels, no more are kept`,
    );
  }
  return known ?? newChannel({ adapterId, channelId, protocol: protocolId, pool: poolId }, blob, 'attached', engine.time.now());
}

function checkByteCount({ blob, blobByteCount }: listener.OpenListenerChannelInstanceRequest): void {
  if (blobByteCount === 0 || blobByteCount === blob.length) return;
  throw new BatonError('INVALID_ARGUMENT', `blob_byte_count is ${blobByteCount}, and the blob has ${blob.length} bytes`);
}

/** A pool is there for a protocol when one of its applications has a binding of it: the adapter was told of it. */
function checkPool({ cluster }: Engine, poolId: string, protocol: string): void {
  if (poolId === '') throw new BatonError('INVALID_ARGUMENT', 'pool_id is required');
  const known = poolsFor(cluster, protocol);
  if (known.has(poolId)) return;
  const what =
    cluster.pools.get(poolId)?.isRemoved === false ? `pool "${poolId}" has no bindings of ${protocol}` : `there is no pool "${poolId}"`;
  throw new BatonError('INVALID_ARGUMENT', `${what}; pools with such bindings: ${[...known].join(', ') || 'none'}`);
}

/** The first request anywhere starts one worker, not one per adapter: only a pool that nobody serves, and for which nothing is wanted yet. */
function wantFirstWorker(engine: Engine, poolName: string): void {
  const pool = engine.cluster.pools.get(poolName);
  const slots = [...(pool?.slots.values() ?? [])].filter(({ isRetired }) => !isRetired);
  if (slots.every(({ serving, start }) => serving === '' && !start)) {
    const first = slots[0];
    // adapters open an always-running pool by themselves: nobody made a request
    const reason = pool?.config.startMode === 'alwaysRunning' ? 'always-running' : 'first-request';
    if (first) first.start = { reason, notBeforeMs: Math.max(engine.time.now(), first.backoffUntilMs) };
  }
  engine.touchPool(poolName);
}
