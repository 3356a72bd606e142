import type { FinalState, History, Violation } from '../history.ts';

const broken = (message: string): Violation => ({ rule: 'every worker has an owner', message });

const ENDS = new Set(['worker.exited', 'worker.failed', 'worker.refused']);

/** When all is calm, every worker that was started is known to WAS, on a host that is attached, with the process that it has; or it is gone, with its process. */
export function checkOwners({ events, final }: History): Violation[] {
  if (!final) return [];
  return [...checkStarted(events, final), ...checkProcesses(final), ...checkRows(final)];
}

function checkStarted(events: History['events'], { workers }: FinalState): Violation[] {
  const started = new Map<string, string>();
  for (const { type, worker, slot } of events) {
    if (type === 'worker.starting') started.set(worker, slot);
    else if (ENDS.has(type)) started.delete(worker);
  }
  for (const { id } of workers) started.delete(id);
  return [...started].map(([worker, slot]) => broken(`${worker} of ${slot} was started, has not ended, and WAS does not know it`));
}

function checkProcesses({ workers, processes }: FinalState): Violation[] {
  const rows = new Map(workers.map((row) => [row.id, row]));
  return processes.flatMap(({ pid, worker, generation }) => {
    const row = rows.get(worker);
    if (!row) return [broken(`process ${pid} is ${worker} (generation ${generation}), which WAS does not know`)];
    return row.pid === pid ? [] : [broken(`process ${pid} is ${worker}, whose process is ${row.pid}`)];
  });
}

function checkRows({ workers, processes, hosts }: FinalState): Violation[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const slots = new Map<string, string>();
  return workers.flatMap(({ id, slot, host, pid, state }) => {
    const found: Violation[] = [];
    if (!hosts.includes(host)) found.push(broken(`${id} of ${slot} is ${state} on host ${host}, which is not attached`));
    if (!pids.has(pid)) found.push(broken(`${id} of ${slot} is ${state} with process ${pid}, which does not exist`));
    const other = slots.get(slot);
    if (other !== undefined) found.push(broken(`${slot} has two workers when all is calm: ${other} and ${id}`));
    slots.set(slot, id);
    return found;
  });
}
