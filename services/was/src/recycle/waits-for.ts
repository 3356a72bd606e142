import { type Cluster, channelsOf, findSlot } from '../cluster/cluster.ts';
import { mostDraining, stays } from './drain-limit.ts';

/** Why a recycle that was asked for has not begun, for operators; '' when it has, or is about to. */
export function waitsFor(cluster: Cluster, slotName: string, recycleId: string): string {
  const slot = findSlot(cluster, slotName);
  const pool = slot && cluster.pools.get(slot.pool);
  if (!slot || !pool || slot.next?.id !== recycleId) return '';
  const { change, draining, serving } = slot;
  const { drain } = pool.config;
  if (!change && draining.length >= mostDraining(drain)) {
    const ids = draining.map(({ id }) => id).join(', ');
    return `${draining.length} of ${slotName} drain already (${ids}), and drain.maxDraining lets ${mostDraining(drain)} do so at once`;
  }
  if (change?.phase === 'finishing' && stays(drain, change.stored.kind)) {
    const away = channelsOf(cluster, pool.name).filter(({ presence }) => presence !== 'attached');
    if (away.length > 0) {
      const refs = away.map(({ ref }) => ref).join(', ');
      return `recycle ${change.stored.id} drains, and the adapter of ${refs} has no stream to WAS: without it none begins beside another`;
    }
  }
  if (change) return `${change.stored.kind === 'idle' ? 'the idle-out' : 'recycle'} ${change.stored.id} of the slot runs`;
  const worker = cluster.workers.get(serving)?.record;
  return worker && worker.state !== 'ready' ? `worker ${serving} is ${worker.state}` : '';
}
