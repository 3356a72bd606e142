import { parseTraceparent, type TraceContext } from '@baton/telemetry';
import { type Cluster, findSlot } from '../cluster/cluster.ts';
import type { EventFacts } from '../events.ts';

/** The trace an event belongs to: of the recycle it names, of the one its slot is in, or of the start of its worker. */
export function traceOf(cluster: Cluster, { recycle, slot, worker }: EventFacts): TraceContext | undefined {
  const id = recycle ?? (slot === undefined ? undefined : findSlot(cluster, slot)?.change?.stored.id);
  const ofRecycle = id === undefined ? undefined : cluster.receipts.get(id)?.traceparent;
  const known = worker === undefined ? undefined : cluster.workers.get(worker);
  // What becomes of a worker after it was ready is no part of its start.
  const isStarting = known !== undefined && (known.readyAtMs === undefined || known.record.state === 'ready');
  const traceparent = ofRecycle || (isStarting ? known.traceparent : '');
  return traceparent ? parseTraceparent(traceparent) : undefined;
}
