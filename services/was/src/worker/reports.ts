import { control } from '@baton/proto';
import { channelRef } from '@baton/store';
import { slotNamed } from '../cluster/pool.ts';
import { newWorker, type Worker, type WorkerView } from '../cluster/worker.ts';
import { addRemovedPool } from '../pool/removed.ts';
import type { Engine } from '../reconcile/engine.ts';
import { isEnding, type WorkerRecord } from './record.ts';
import { settleRumour } from './rumours.ts';
import type { WorkerEvent } from './transition.ts';

const { WorkerState } = control;

const VIEWS: Readonly<Record<control.WorkerState, WorkerView['reported']>> = {
  [WorkerState.UNSPECIFIED]: undefined,
  [WorkerState.STARTING]: 'starting',
  [WorkerState.CONNECTING]: 'connecting',
  [WorkerState.CONNECTED]: 'connected',
  [WorkerState.STOPPING]: 'stopping',
  [WorkerState.EXITED]: undefined,
};

/**
 * Takes what a host says of one of its workers into the transition table. The host is the truth about processes:
 *
 * - a live worker that Redis does not know is adopted with the generation the host names;
 * - an exit of one that nobody knows is old news.
 */
export function takeReport(engine: Engine, hostId: string, report: control.WorkerReport): void {
  noteNumbers(engine, report);
  const isExit = report.state === WorkerState.EXITED;
  const worker = engine.cluster.workers.get(report.workerId) ?? (isExit ? undefined : adopt(engine, hostId, report));
  if (!worker) return;
  const rumour = engine.cluster.rumours.get(report.workerId);
  if (rumour) settleRumour(engine, report.workerId, rumour);
  if (isExit) {
    engine.move(worker.record.id, exitEvent(worker, hostId, report.exit));
    return;
  }
  lookAt(worker, report, engine.time.now());
  const name = report.state === WorkerState.STARTING ? 'seen' : report.state === WorkerState.STOPPING ? 'stopReported' : 'listening';
  engine.move(worker.record.id, { name, host: hostId });
  engine.touch(worker.record.slot);
}

/** Generations and worker ids are never given again, whoever gave them first. */
function noteNumbers({ cluster }: Engine, { workerId, poolId, slot, generation }: control.WorkerReport): void {
  cluster.workerNumber = Math.max(cluster.workerNumber, Number(/^w(\d+)$/.exec(workerId)?.[1] ?? 0));
  const known = cluster.pools.get(poolId)?.slots.get(slot);
  if (known) known.reportedGeneration = Math.max(known.reportedGeneration, generation);
}

function adopt(engine: Engine, hostId: string, report: control.WorkerReport): Worker | undefined {
  const { workerId, poolId, slot, generation, role, startedAtMs } = report;
  const pool = engine.cluster.pools.get(poolId) ?? (engine.cluster.config ? addRemovedPool(engine, poolId) : undefined);
  if (!pool || !slot.startsWith(`${poolId}/`)) {
    // Its pool may come with the first configuration; until there is one nobody knows whether it is wanted.
    engine.cluster.strangers.set(workerId, { hostId, report });
    return undefined;
  }
  const home = slotNamed(pool, slot);
  home.reportedGeneration = Math.max(home.reportedGeneration, generation);
  const record: WorkerRecord = {
    id: workerId,
    pool: poolId,
    slot,
    generation,
    state: 'placing',
    host: hostId,
    role: role || 'activation',
    reason: 'adopted',
    decidedAtMs: startedAtMs,
    sinceMs: engine.time.now(),
  };
  const worker = newWorker(record, true);
  engine.cluster.workers.set(workerId, worker);
  engine.write(slot, (store) => store.saveWorker(worker.record));
  return worker;
}

function lookAt({ view, lostAtMs }: Worker, report: control.WorkerReport, now: number): void {
  view.reported = VIEWS[report.state];
  view.pid = report.pid;
  const connected = new Set(report.connected.map(({ adapterId, channelId }) => channelRef(adapterId, channelId)));
  for (const ref of view.connected) if (!connected.has(ref)) lostAtMs.set(ref, now);
  for (const ref of connected) lostAtMs.delete(ref);
  view.connected = connected;
  view.startedAtMs = report.startedAtMs || view.startedAtMs;
  view.isFromSpare = report.fromSpare;
  view.extraListens = report.extraListens.map(({ wanted, actual }) => ({ wanted, actual }));
}

/** An exit is planned when a stop was ordered, it ended by itself and it was not killed for failing. */
function exitEvent({ record }: Worker, host: string, exit: control.Exit | undefined): WorkerEvent {
  const isPlanned = exit?.planned === true && exit.errorCode === '' && !record.isForced;
  const message = exit?.message || (exit?.signal ? `ended by ${exit.signal}` : `exit code ${exit?.code ?? 0}`);
  return {
    name: isPlanned ? 'exitedPlanned' : 'exitedFailed',
    host,
    message,
    // nobody here asked for it: the host stopped it on its own way out, or it ended in a time without a host
    cause: isPlanned ? (isEnding(record) ? 'stopped' : 'host-ended') : exit?.errorCode || 'APP_CRASHED',
  };
}
