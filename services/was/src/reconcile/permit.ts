import { create, listener } from '@baton/proto';
import type { Pool } from '../cluster/pool.ts';
import { isParked } from '../cluster/slot.ts';
import type { Engine } from './engine.ts';

/** Numbers of one epoch; the next epoch's never meet them. */
const NUMBERS_PER_EPOCH = 65_536;
let given = 0;

/** Nobody serves any slot and nothing of ours is about to: the next start is an adapter's to ask for. */
export function awaitsOpen(pool: Pool): boolean {
  if (pool.state !== 'started' || pool.apps.length === 0) return false;
  for (const slot of pool.slots.values()) {
    const { isRetired, serving, start, awaiting, change } = slot;
    if (isRetired) continue;
    if (serving !== '' || start || awaiting.size > 0 || (change && change.phase !== 'finishing') || isParked(slot)) return false;
  }
  return true;
}

/** Sends CanOpenNew to each attached channel that has not been told since the pool became empty or its adapter registered. */
export function permitOpens(engine: Engine, poolName: string): void {
  const pool = engine.cluster.pools.get(poolName);
  if (!pool || !awaitsOpen(pool)) return;
  for (const channel of engine.attachedChannels(poolName)) {
    if (channel.isPermissionTold) continue;
    if (channel.permission === 0) channel.permission = newPermission(engine.epoch());
    channel.isPermissionTold = true;
    const value = create(listener.ApplicationPoolCanOpenNewListenerChannelInstanceSchema, {
      poolId: poolName,
      channelId: channel.channelId,
      permission: channel.permission,
    });
    engine.adapters.send(channel.registration, { case: 'applicationPoolCanOpenNewListenerChannelInstance', value });
  }
}

/** A number that no leader of this cluster has given before (32 bits; 0 is the first Open). */
function newPermission(epoch: number): number {
  given = (given + 1) % NUMBERS_PER_EPOCH;
  return ((epoch % NUMBERS_PER_EPOCH) * NUMBERS_PER_EPOCH + given) % 4_294_967_296 || 1;
}

/** What becomes of an Open. */
export type OpenVerdict = 'accept' | 'repeat' | 'refuse';

/**
 * Judges the permission number of an Open: the one that was given, or 0 before the first; the same number again is the same Open.
 */
export function judgeOpen(
  { openedWith, permission }: { readonly openedWith: number | undefined; readonly permission: number },
  given: number,
): OpenVerdict {
  if (openedWith === undefined) return given === 0 || given === permission ? 'accept' : 'refuse';
  if (given === openedWith) return 'repeat';
  return permission !== 0 && given === permission ? 'accept' : 'refuse';
}
