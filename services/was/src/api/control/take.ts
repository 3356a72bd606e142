import { control, create } from '@baton/proto';
import { channelRef } from '@baton/store';
import { allSlots, findSlot } from '../../cluster/cluster.ts';
import { type Host, newHost } from '../../cluster/host.ts';
import { parseJobId } from '../../jobs/job-id.ts';
import { oneLine } from '../../one-line.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { takeRecycleWish } from '../../recycle/wish.ts';
import { isEnding } from '../../worker/record.ts';
import { takeWorkerReport } from './missing-entry.ts';

/** A host registers: its whole view is the truth about its processes; a worker it does not know has no host any more. */
export function takeRegistered(engine: Engine, registered: control.Registered): Host {
  const { cluster, time } = engine;
  const now = time.now();
  const host = cluster.hosts.get(registered.hostId) ?? newHost(registered.hostId, now);
  cluster.hosts.set(host.id, host);
  const wasAway = host.state === 'lost' || !host.hasReported;
  host.advertise = registered.advertise;
  host.pid = registered.pid;
  host.capacity = registered.capacity;
  host.spares = registered.spares;
  host.freeMemoryBytes = registered.memoryBytes;
  Object.assign(host, { state: 'attached', heardAtMs: now, hasReported: true, isConnected: true, isStopping: false });
  engine.orders.prepare(host.id);
  const listed = new Set(registered.workers.map(({ workerId }) => workerId));
  for (const report of registered.workers) takeWorkerReport(engine, host.id, report);
  for (const { record } of [...cluster.workers.values()]) {
    if (record.host === host.id && !listed.has(record.id)) engine.move(record.id, { name: 'missing' });
  }
  hostHasReported(engine, host.id);
  if (wasAway) {
    const message = `host ${host.id} is attached (${host.advertise}, ${registered.workers.length} workers known, capacity ${host.capacity})`;
    engine.events.tell({ type: 'host.attached', message, host: host.id });
  }
  engine.touchAll();
  return host;
}

/** Slots that waited for this host can be decided now. */
export function hostHasReported(engine: Engine, hostId: string): void {
  for (const slot of allSlots(engine.cluster)) if (slot.awaiting.delete(hostId)) engine.touch(slot.name);
}

/** Figures of a heartbeat. */
export function takeHeartbeat({ cluster }: Engine, host: Host, heartbeat: control.Heartbeat): void {
  host.freeMemoryBytes = heartbeat.freeMemoryBytes;
  host.spares = heartbeat.spares;
  for (const { workerId, requestsServed, inFlight, rssBytes } of heartbeat.workers) {
    const worker = cluster.workers.get(workerId);
    if (worker) Object.assign(worker.view, { requestsServed, inFlight, rssBytes });
  }
}

/** A worker asks for something. What it asked is weighed with everything else of its slot. */
export function takeWish(engine: Engine, hostId: string, wish: control.Wish): void {
  const worker = engine.cluster.workers.get(wish.workerId);
  const slot = worker && findSlot(engine.cluster, worker.record.slot);
  if (!slot || worker.record.host !== hostId) deny(engine, hostId, wish, 'WAS does not know the worker');
  else if (wish.kind === control.WishKind.RECYCLE) takeRecycleWish(engine, wish.workerId, wish.reason);
  else if (wish.kind === control.WishKind.UNHEALTHY) takeUnhealthyWish(engine, hostId, wish);
  else if (wish.kind !== control.WishKind.IDLE_OUT) deny(engine, hostId, wish, 'WAS does not know that wish');
  else if (!isEnding(worker.record)) {
    slot.wish = { workerId: wish.workerId, connected: wish.connected.map(({ adapterId, channelId }) => channelRef(adapterId, channelId)) };
    engine.touch(slot.name);
  }
}

/** A worker that was pinged says that it is not well: it is killed like one that gave no answer, and its exit is a failure. */
function takeUnhealthyWish(engine: Engine, hostId: string, wish: control.Wish): void {
  const { workerId, kind } = wish;
  const record = engine.cluster.workers.get(workerId)?.record;
  if (!record || !engine.cluster.pools.get(record.pool)?.config.processModel.pingingEnabled) {
    deny(engine, hostId, wish, 'pinging is off');
    return;
  }
  const reason = oneLine(wish.reason) || 'no reason given';
  engine.move(workerId, { name: 'unhealthy', cause: 'WORKER_UNHEALTHY', message: `it says that it is not well: ${reason}` });
  engine.hosts.send(hostId, { case: 'wishAnswer', value: create(control.WishAnswerSchema, { workerId, kind, granted: true }) });
}

function deny(engine: Engine, hostId: string, { workerId, kind }: control.Wish, reason: string): void {
  engine.hosts.send(hostId, { case: 'wishAnswer', value: create(control.WishAnswerSchema, { workerId, kind, granted: false, reason }) });
}

/**
 * A host did not enter an order.
 *
 * - stale: another leader has taken over, or Redis is behind what the host has seen. Returns the epoch it knows.
 * - deadline, overtaken: the order is derived again.
 * - stopping: the host shuts down and takes no more. Anything else refuses the start itself.
 */
export function takeRefusal(engine: Engine, host: Host, { jobId, highestEpoch, reason }: control.OrderRefused): number {
  const name = parseJobId(jobId);
  const worker =
    name && [...engine.cluster.workers.values()].find(({ record }) => record.slot === name.slot && record.generation === name.generation);
  if (reason === 'stale') {
    engine.events.tell({
      type: 'order.stale',
      message: `host ${host.id} refused order ${jobId}: epoch ${highestEpoch} leads`,
      host: host.id,
      cause: 'STALE_EPOCH',
    });
    return highestEpoch;
  }
  if (reason === 'stopping') host.isStopping = true;
  if (worker && reason !== 'deadline' && reason !== 'overtaken' && name.verb === 'start') {
    engine.move(worker.record.id, { name: 'refused', cause: reason });
  } else if (worker) {
    worker.lastOrder = undefined;
    engine.touch(worker.record.slot);
  }
  return 0;
}
