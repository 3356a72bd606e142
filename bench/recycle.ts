// Question: what do clients feel of recycles? p99 at half of capacity with a recycle every second, against the same without, in one run.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { AdminClient, type Recycle, waitForRecycle } from '@baton/admin';
import type { ArrivalsOrder, ArrivalsResult } from './arrivals.ts';
import { type BatonPeer, startBaton } from './peers.ts';

const EVERY_MS = 1_000;
/** Measured in turns, so that drift of the machine meets both alike. */
const ROUNDS = 3;
/** Of the generator in each round: a new process with new connections has a p99 of its own, larger than what is looked for. */
const WARM_UP_SECONDS = 2;

/** One way to start worker processes. */
export interface RecycleResult {
  readonly name: string;
  readonly capacityPerSecond: number;
  readonly ratePerSecond: number;
  readonly without: readonly ArrivalsResult[];
  readonly during: readonly ArrivalsResult[];
  readonly recycles: number;
  readonly receiptsFailed: number;
  /** Of the medians of p99. */
  readonly ratio: number;
}

/** Two hosts, one adapter: a pool of one process is recycled from host to host. */
export async function measureRecycles(name: string, spares: number, seconds: number): Promise<RecycleResult> {
  const baton = await startBaton({ args: ['--hosts', '2', '--spares', String(spares)] });
  try {
    const capacity = (forSeconds: number) => arrive({ url: baton.url, requestsPerSecond: { connections: 64 }, seconds: forSeconds });
    await capacity(2); // warms up
    const capacityPerSecond = (await capacity(seconds)).requests / seconds;
    const ratePerSecond = Math.floor(capacityPerSecond / 2);
    const without: ArrivalsResult[] = [];
    const during: ArrivalsResult[] = [];
    const receipts: Recycle[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const order = {
        url: baton.url,
        requestsPerSecond: ratePerSecond,
        seconds: seconds + WARM_UP_SECONDS,
        warmUpSeconds: WARM_UP_SECONDS,
      };
      without.push(await arrive(order));
      const recycling = recycleEverySecond(baton, order.seconds);
      during.push(await arrive(order));
      receipts.push(...(await recycling));
    }
    const completed = receipts.filter(({ outcome }) => outcome === 'completed');
    if (completed.length < receipts.length || completed.length < ROUNDS)
      throw new Error(
        `${completed.length} of ${receipts.length} recycles completed, nothing to compare: ${JSON.stringify({ without, during, receipts })}`,
      );
    return {
      name,
      capacityPerSecond,
      ratePerSecond,
      without,
      during,
      recycles: completed.length,
      receiptsFailed: receipts.reduce((sum, { failed }) => sum + failed, 0),
      ratio: middle(during.map(({ p99Micros }) => p99Micros)) / middle(without.map(({ p99Micros }) => p99Micros)),
    };
  } finally {
    await baton.stop();
  }
}

/** Begins a recycle each second for as long as the load runs, and resolves with the receipts when all have ended. */
async function recycleEverySecond(baton: BatonPeer, seconds: number): Promise<readonly Recycle[]> {
  const client = new AdminClient(baton.admin());
  const ids = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    let left = Math.floor((seconds * 1000) / EVERY_MS) - 1;
    const timer = setInterval(() => {
      if (left-- === 0) {
        clearInterval(timer);
        return resolve();
      }
      client.recyclePool('hello', { reason: 'bench' }).then(({ recycleIds }) => recycleIds.forEach((id) => void ids.add(id)), reject);
    }, EVERY_MS);
  });
  return Promise.all([...ids].map((id) => waitForRecycle(client, id)));
}

async function arrive(order: ArrivalsOrder): Promise<ArrivalsResult> {
  const child = fork(new URL('./arrivals.ts', import.meta.url), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  child.send(order);
  const [result] = (await once(child, 'message')) as [ArrivalsResult];
  child.kill();
  return result;
}

/** A table of what was measured. */
export function printRecycles(results: readonly RecycleResult[]): void {
  console.log(`\na recycle every second at half of capacity, medians of ${ROUNDS} rounds in turns\n`);
  console.log(
    'worker starts    capacity/s   sent/s   recycles   p50 without   during   p99 without    during   ratio   p99.9 without     during   failed   late',
  );
  for (const { name, capacityPerSecond, ratePerSecond, recycles, without, during, ratio } of results) {
    const ms = (results: readonly ArrivalsResult[], value: 'p50Micros' | 'p99Micros' | 'p999Micros') =>
      `${(middle(results.map((result) => result[value])) / 1e3).toFixed(2)} ms`;
    const all = [...without, ...during];
    const [failed, late, sent] = [sum(all, 'failed'), sum(all, 'late'), sum(all, 'requests')];
    console.log(
      `${name.padEnd(15)} ${capacityPerSecond.toFixed(0).padStart(11)} ${String(ratePerSecond).padStart(8)} ${String(recycles).padStart(10)} ${ms(without, 'p50Micros').padStart(13)} ${ms(during, 'p50Micros').padStart(8)} ${ms(without, 'p99Micros').padStart(13)} ${ms(during, 'p99Micros').padStart(9)} ${ratio.toFixed(2).padStart(7)} ${ms(without, 'p999Micros').padStart(15)} ${ms(during, 'p999Micros').padStart(10)} ${String(failed).padStart(8)} ${`${((late / sent) * 100).toFixed(1)} %`.padStart(6)}`,
    );
  }
  console.log('goal: p99 ratio <= 2.00, nothing failed; late: not sent in time by the generator, which wants a machine without other work');
}

function sum(results: readonly ArrivalsResult[], value: 'failed' | 'late' | 'requests'): number {
  return results.reduce((total, result) => total + result[value], 0);
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
