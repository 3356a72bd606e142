import { BLOB_KEEP_MS } from '@baton/store';
import { hostHasReported } from './api/control/take.ts';
import { channelsOfRegistration, dropChannel } from './api/listener/attach.ts';
import { allSlots } from './cluster/cluster.ts';
import type { Host } from './cluster/host.ts';
import { LIMITS } from './limits.ts';
import type { Engine } from './reconcile/engine.ts';
import { settleRumour } from './worker/rumours.ts';

/** A host is lost after 5 s of silence on the leader's clock, but not within 5 s of a take-over or of Redis coming back. */
export function isLost(host: Pick<Host, 'state' | 'heardAtMs'>, now: number, noLossBeforeMs: number): boolean {
  return host.state === 'attached' && now >= noLossBeforeMs && now - host.heardAtMs >= LIMITS.hostLostMs;
}

/** Declares silent hosts lost: their workers have no host any more, and their slots are placed elsewhere. */
export function checkHosts(engine: Engine): void {
  const { cluster, time } = engine;
  const now = time.now();
  for (const host of cluster.hosts.values()) {
    if (!isLost(host, now, cluster.noLossBeforeMs)) continue;
    host.state = 'lost';
    const message = host.hasReported ? `host ${host.id} was silent for ${LIMITS.hostLostMs} ms` : `host ${host.id} has not come back`;
    engine.events.tell({ type: 'host.lost', message, host: host.id, cause: 'silent' });
    engine.hosts.end(host.id, 'it was silent for too long');
    for (const { record } of [...cluster.workers.values()]) {
      if (record.host === host.id) engine.move(record.id, { name: 'hostLost' });
    }
    hostHasReported(engine, host.id);
  }
  if (now >= cluster.noLossBeforeMs) dropRumours(engine);
}

/** Workers that only an adapter knows and no host has claimed are waited for no longer. */
function dropRumours(engine: Engine): void {
  for (const [workerId, slotName] of engine.cluster.rumours) settleRumour(engine, workerId, slotName);
}

/** An adapter that leaves a Handover unanswered would hold a slot for ever: its stream ends, and with a new registration it reports where it stands. */
export function checkAnswers(engine: Engine): void {
  const { cluster, time } = engine;
  for (const slot of allSlots(cluster)) {
    for (const [ref, { ask }] of slot.seats) {
      const channel = cluster.channels.get(ref);
      if (!ask || !channel || time.now() < ask.sentAtMs + LIMITS.handoverSilenceMs) continue;
      engine.adapters.end(channel.registration, `Handover ${ask.recycleId} was not answered for ${LIMITS.handoverSilenceMs} ms`);
    }
  }
}

/** Forgets what nobody will come back for: channels whose blobs have expired, adapters without channels, hosts lost for as long without workers. */
export function sweep(engine: Engine): void {
  const { cluster, time } = engine;
  const oldestMs = time.now() - BLOB_KEEP_MS;
  for (const channel of cluster.channels.values()) {
    if (channel.presence === 'detached' && channel.presenceSinceMs <= oldestMs) dropChannel(engine, channel);
  }
  for (const { key, isAttached } of cluster.registrations.values()) {
    if (!isAttached && channelsOfRegistration(engine, key).length === 0) cluster.registrations.delete(key);
  }
  for (const host of cluster.hosts.values()) {
    const hasWorkers = [...cluster.workers.values()].some(({ record }) => record.host === host.id);
    if (host.state === 'lost' && host.heardAtMs <= oldestMs && !hasWorkers) cluster.hosts.delete(host.id);
  }
}

/** Redis is back after an outage: hosts may have waited for it too. */
export function redisIsBack({ cluster, time }: Engine): void {
  cluster.noLossBeforeMs = Math.max(cluster.noLossBeforeMs, time.now() + LIMITS.hostLostMs);
}
