import { parseConfig } from '@baton/config';
import type { Snapshot, StoredReceipt } from '@baton/store';
import { endGrace } from './api/listener/attach.ts';
import { newChannel } from './cluster/channel.ts';
import { isRequired } from './cluster/cluster.ts';
import { newHost } from './cluster/host.ts';
import { slotNamed } from './cluster/pool.ts';
import { newRegistration } from './cluster/registration.ts';
import { newWorker } from './cluster/worker.ts';
import { LIMITS } from './limits.ts';
import { applyConfig } from './pool/apply.ts';
import type { Engine } from './reconcile/engine.ts';
import { FAILURES } from './recycle/failures.ts';
import { endReceipt, waitForReports } from './recycle/reports.ts';
import { isLive, type WorkerRecord } from './worker/record.ts';

/**
 * A new leader takes on what Redis holds (handover.md, Hand-over 5 and Presence):
 *
 * - every saved channel counts as attached until 5 s have passed;
 * - no slot is decided before the hosts of its workers have reported or are lost, and no host is lost within 5 s;
 * - a change that was committed is finished; what becomes of another one is decided with the other rules of its slot;
 * - a recycle that was asked for and had not begun begins.
 */
export function takeOver(engine: Engine, snapshot: Snapshot): void {
  const { cluster, time } = engine;
  const now = time.now();
  cluster.noLossBeforeMs = now + LIMITS.hostLostMs;
  cluster.keys = snapshot.keys;
  cluster.workerNumber = Math.max(cluster.workerNumber, snapshot.workerNumber);
  for (const { facts, blob } of snapshot.channels) {
    const channel = newChannel(facts, blob, 'grace', now);
    cluster.channels.set(channel.ref, channel);
    const registration = newRegistration(facts.adapterId, facts.protocol, now);
    if (!cluster.registrations.has(registration.key)) cluster.registrations.set(registration.key, registration);
  }
  if (snapshot.config) {
    const { yaml, file, appliedAtMs } = snapshot.config;
    applyConfig(engine, { parsed: parseConfig(yaml, { file }), yaml, file, appliedAtMs }, snapshot.pools);
  }
  takeWorkers(engine, snapshot, now);
  for (const [slotName, workerId] of snapshot.serving) setServing(engine, slotName, workerId);
  for (const change of snapshot.changes.values()) {
    const slot = slotOf(engine, change.slot);
    if (!slot) continue;
    slot.change = { stored: change, phase: change.isCommitted ? 'finishing' : 'recovering', sinceMs: now };
  }
  for (const receipt of snapshot.receipts) takeReceipt(engine, receipt);
  time.after(LIMITS.channelGraceMs, () => endGrace(engine));
  const adopted = cluster.workers.size;
  const grace = [...cluster.channels.values()].filter(isRequired).length;
  engine.log.info({ epoch: engine.epoch() }, `epoch ${engine.epoch()}: ${adopted} workers and ${grace} channels were saved`);
}

/**
 * Its change may run, may have ended while reports were waited for, or has not begun.
 *
 * - What drains has been committed, and what was committed ends in no other way than completed: with its old worker. Its change was set aside, or a
 *   report that was written after the end of the change has left the receipt without its result.
 */
function takeReceipt(engine: Engine, receipt: StoredReceipt): void {
  const { id, slot: slotName, cause } = receipt;
  engine.receipts.put(receipt);
  const slot = slotOf(engine, slotName);
  if (receipt.result) waitForReports(engine, id);
  else if (slot?.change?.stored.id === id) return;
  else if (slot && receipt.begunAtMs === undefined && !slot.next) slot.next = { id, cause };
  else if (slot && receipt.phases.some(({ name }) => name === 'draining'))
    slot.draining = [...slot.draining, { id, from: receipt.oldWorker }];
  else if (receipt.phases.some(({ name }) => name === 'draining')) endReceipt(engine, id, 'completed', '');
  else endReceipt(engine, id, 'failed', FAILURES.leaderChange);
}

function takeWorkers(engine: Engine, snapshot: Snapshot, now: number): void {
  const { cluster } = engine;
  for (const stored of snapshot.workers) {
    const record = stored as WorkerRecord;
    const slot = slotOf(engine, record.slot);
    if (!slot || !isLive(record)) {
      engine.write(record.slot, (store) => store.forgetWorker(record.id));
      continue;
    }
    const worker = newWorker(record);
    if (record.state === 'ready') worker.readyAtMs = record.sinceMs;
    cluster.workers.set(record.id, worker);
    if (record.host === '' || record.state === 'orphaned') continue;
    if (!cluster.hosts.has(record.host)) cluster.hosts.set(record.host, newHost(record.host, now));
    slot.awaiting.add(record.host);
  }
}

function setServing(engine: Engine, slotName: string, workerId: string): void {
  const slot = slotOf(engine, slotName);
  if (slot) slot.serving = workerId;
}

function slotOf({ cluster }: Engine, slotName: string) {
  const pool = cluster.pools.get(slotName.slice(0, slotName.lastIndexOf('/')));
  return pool && slotNamed(pool, slotName);
}
