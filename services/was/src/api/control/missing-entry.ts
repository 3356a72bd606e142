import { control, create } from '@baton/proto';
import type { Host } from '../../cluster/host.ts';
import { entriesOf } from '../../cluster/pool.ts';
import { newWorker, type Worker } from '../../cluster/worker.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { takeReport } from '../../worker/reports.ts';

/**
 * Takes a report of a host about one of its workers. The exit of one that could not even begin, because its host has not got the app's entry, is a
 * refusal of that host and no failed start, as long as another host may have it:
 *
 * - the same worker is placed elsewhere, and the host is not asked for that entry for a while;
 * - when no host is left to ask, it is a failure whose message names them all.
 */
export function takeWorkerReport(engine: Engine, hostId: string, report: control.WorkerReport): void {
  const worker = engine.cluster.workers.get(report.workerId);
  if (!worker || !lacksEntry(report)) takeReport(engine, hostId, report);
  else if (worker.record.host === hostId) takeRefusal(engine, hostId, worker, report);
  // else: told again by a host that the worker has left; what became of it elsewhere is for others to say
}

function takeRefusal(engine: Engine, hostId: string, worker: Worker, report: control.WorkerReport): void {
  const others = hostsOf(engine).filter(({ id }) => id !== hostId);
  if (worker.record.state === 'starting' && others.some((host) => mayHave(engine, host, worker))) {
    engine.move(worker.record.id, { name: 'refused', host: hostId, cause: 'ENTRY_NOT_FOUND' });
    worker.view = newWorker(worker.record).view;
  } else takeReport(engine, hostId, others.length === 0 ? report : naming(report, hostId, others));
}

function lacksEntry({ state, exit }: control.WorkerReport): boolean {
  return state === control.WorkerState.EXITED && exit?.errorCode === 'ENTRY_NOT_FOUND';
}

function hostsOf({ cluster }: Engine): Host[] {
  return [...cluster.hosts.values()].filter(({ state, isConnected, isStopping }) => state === 'attached' && isConnected && !isStopping);
}

/** It can be asked: it has room, and has not said lately that it lacks the entry. */
function mayHave({ cluster, time }: Engine, { id, capacity, avoid }: Host, { record }: Worker): boolean {
  const pool = cluster.pools.get(record.pool);
  const load = [...cluster.workers.values()].filter((worker) => worker.record.host === id).length;
  return load < capacity && time.now() >= (avoid.get(pool ? entriesOf(pool) : '') ?? 0);
}

function naming(report: control.WorkerReport, hostId: string, others: readonly Host[]): control.WorkerReport {
  const { code = -1, signal = '', errorCode = '', planned = false, message = '' } = report.exit ?? {};
  const rest = `nor can host ${others.map(({ id }) => id).join(', ')} start it: missing there too, or no room`;
  return {
    ...report,
    exit: create(control.ExitSchema, { code, signal, errorCode, planned, message: `${message} (host ${hostId}); ${rest}` }),
  };
}
