import type { StoredEvent } from '@baton/store';
import type { Cluster } from '../cluster/cluster.ts';
import type { Pool } from '../cluster/pool.ts';

/** Causes that logEventOnRecycle can leave out. Others, such as an app's own wish, are always told. */
const OPTIONAL: readonly string[] = [
  'time',
  'requests',
  'schedule',
  'memory',
  'isapiUnhealthy',
  'onDemand',
  'configChange',
  'privateMemory',
];

/** Whether operators hear of an event: what belongs to a recycle is left out where its pool says so. */
export function isEventTold(
  { pools, receipts }: Pick<Cluster, 'pools' | 'receipts'>,
  { type, recycle }: Pick<StoredEvent, 'type' | 'recycle'>,
): boolean {
  const receipt = recycle === undefined || !/^(recycle|handover)\./.test(type) ? undefined : receipts.get(recycle);
  const pool = receipt && pools.get(receipt.pool);
  return !pool || isTold(pool, receipt.cause, type);
}

/** Whether operators hear of a recycle with this cause in an event of that type. A failure is always told. */
export function isTold({ config }: Pick<Pool, 'config'>, cause: string, type: string): boolean {
  if (type === 'recycle.failed' || !OPTIONAL.includes(cause)) return true;
  return config.recycling.logEventOnRecycle.some((told) => told === cause);
}
