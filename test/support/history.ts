import { readFileSync } from 'node:fs';
import type { AdminClient, Pool } from '@baton/admin';
import { until } from '@baton/core';
import { type FinalState, type History, type Json, readAccessLog, readEvent, readReceipt, readWorkerProcesses } from '../checker/index.ts';
import { processesOf } from './processes.ts';

/** Where a run leaves what it leaves behind. */
export interface RunPlace {
  readonly admin: AdminClient;
  /** Named in the environment of every process of the cluster. */
  readonly dir: string;
  /** Access log of adapter 1, of adapter 2, … */
  readonly accessLogs: readonly string[];
}

/** What Redis keeps, and the most that WAS tells. */
const MOST_EVENTS = 10_000;
const MOST_RECEIPTS = 1_000;
const CALM_LIMIT_MS = 30_000;
/** Adapters report the end of the last request at once; one that has died never does. */
const REPORTS_LIMIT_MS = 2_000;

/**
 * Gathers a whole run for the checker: waits until all is calm, asks WAS and looks at the processes, calls `stop`, and reads the access logs.
 *
 * - Load must have ended.
 */
export async function gatherHistory({ admin, dir, accessLogs }: RunPlace, stop: () => Promise<unknown>): Promise<History> {
  const final = await calm(admin, dir);
  const areWhole = async () => (await admin.recycles({ limit: MOST_RECEIPTS })).every(({ incomplete }) => !incomplete);
  await until(areWhole, REPORTS_LIMIT_MS, 'the last reports', 50).catch(() => {}); // the checker says what may lack them
  const events = whole('events', await admin.events({ limit: MOST_EVENTS }), MOST_EVENTS).map((event) => readEvent(asJson(event)));
  const receipts = whole('receipts', await admin.recycles({ limit: MOST_RECEIPTS }), MOST_RECEIPTS).map((row) => readReceipt(asJson(row)));
  const noOverlap = (await admin.pools()).filter(mayNotOverlap).map(({ name }) => name);
  const attached = (await admin.status()).adapters.filter((adapter) => adapter.attached).map(({ id }) => id);
  await stop();
  const adapters = accessLogs.flatMap((path, index) => {
    const ended = attached.find((id) => id.startsWith(`a${index + 1}-`)) ?? '';
    return readAccessLog(readFileSync(path, 'utf8'), ended);
  });
  return { events, adapters, receipts, noOverlap, final };
}

/** The rows, if they can be all: of a longer run older ones are lost, and a rule would be silent about what it never saw. */
function whole<T>(what: string, rows: readonly T[], most: number): readonly T[] {
  if (rows.length < most) return rows;
  throw new Error(`the run has left ${most} ${what} or more, which is all that are kept: it is too long to be judged`);
}

const asJson = (row: object) => row as unknown as Json;

function mayNotOverlap({ settings }: Pool): boolean {
  return (settings.recycling as { disallowOverlappingRotation?: boolean } | undefined)?.disallowOverlappingRotation === true;
}

/** What is there when no recycle runs, every worker is ready, and no process is on its way out. */
async function calm(admin: AdminClient, dir: string): Promise<FinalState> {
  const look = async (): Promise<FinalState | undefined> => {
    const receipts = await admin.recycles({ limit: 20 });
    const [workers, hosts] = [await admin.workers(), await admin.hosts()];
    const processes = readWorkerProcesses(processesOf(dir));
    if (receipts.some(({ outcome }) => outcome === 'running') || processes.length !== workers.length) return undefined;
    if (workers.some(({ state, pid }) => state !== 'ready' || pid === 0)) return undefined;
    return { workers, processes, hosts: hosts.filter(({ state }) => state === 'attached').map(({ id }) => id) };
  };
  const found = await until(look, CALM_LIMIT_MS, 'calm', 50).catch(() => undefined);
  if (found) return found;
  // not calm: the checker says what is left over
  const [workers, hosts] = [await admin.workers(), await admin.hosts()];
  const attached = hosts.filter(({ state }) => state === 'attached').map(({ id }) => id);
  return { workers, processes: readWorkerProcesses(processesOf(dir)), hosts: attached };
}
