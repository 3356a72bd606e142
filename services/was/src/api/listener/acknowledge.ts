import type { listener } from '@baton/proto';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Registration } from '../../cluster/registration.ts';
import { LIMITS } from '../../limits.ts';
import type { Engine } from '../../reconcile/engine.ts';

/**
 * The awaited callback, IdentityChanged: until every attached adapter has re-keyed the ACLs of its channels, no worker of the pool is started
 * and no recycle begins. A worker with the new identity would otherwise be refused by a channel that knows the old one.
 */

/** A number that this stream has not been given. */
export function nextNumber(registration: Registration): number {
  registration.lastNumber += 1;
  return registration.lastNumber;
}

/** The callback was sent; an adapter that leaves it unanswered holds the pool up for 5 s, and operators hear of it. */
export function awaitAcknowledgement(
  engine: Engine,
  registration: Registration,
  { poolId, number }: Pick<listener.ApplicationPoolIdentityChanged, 'poolId' | 'number'>,
): void {
  const { unacknowledged, adapterId, protocol, registeredAtMs } = registration;
  unacknowledged.set(number, poolId);
  engine.time.after(LIMITS.acknowledgeMs, () => {
    if (registration.registeredAtMs !== registeredAtMs || !unacknowledged.delete(number)) return;
    const message = `adapter ${adapterId} (${protocol}) has not acknowledged the new identity of pool ${poolId} within ${LIMITS.acknowledgeMs} ms; its workers start without it`;
    engine.events.tell({ type: 'identity.unacknowledged', message, pool: poolId, cause: 'not acknowledged' });
    engine.touchPool(poolId);
  });
}

/** The adapter has obeyed. */
export function takeAcknowledgement(engine: Engine, { unacknowledged }: Registration, { number }: listener.Acknowledgement): void {
  const poolId = unacknowledged.get(number);
  if (poolId === undefined) return;
  unacknowledged.delete(number);
  engine.touchPool(poolId);
}

/** Nobody waits for an adapter that is away: it gets the whole configuration with its next registration. */
export function forgetAcknowledgements(engine: Engine, { unacknowledged }: Registration): void {
  const pools = new Set(unacknowledged.values());
  unacknowledged.clear();
  for (const poolId of pools) engine.touchPool(poolId);
}

/** An attached adapter has yet to say that it knows the pool's identity. */
export function isIdentityAwaited({ registrations }: Pick<Cluster, 'registrations'>, poolId: string): boolean {
  for (const { unacknowledged } of registrations.values()) for (const pool of unacknowledged.values()) if (pool === poolId) return true;
  return false;
}
