// Does any order of recycles and deaths lose a request that need not be lost, or leave something behind? `npm run test:chaos [-- SEED [STEPS]]`
import assert from 'node:assert/strict';
import { sleep, until } from '@baton/core';
import fc from 'fast-check';
import {
  type HeldProxy,
  isAlive,
  type Pair,
  type Parts,
  QUICK,
  startLoad,
  startPairOfParts,
  startProxy,
  waitFor,
} from '../../support/index.ts';

/** Safe requests that begin to be answered at their end: whatever dies but an adapter, none of them needs to fail. */
const SAFE = [
  { percent: 85, request: QUICK },
  { percent: 15, request: waitFor(300) },
];
const SEED = Number(process.argv[2] ?? Date.now() % 1_000_000);
const STEPS = Number(process.argv[3] ?? 40);
const CALM_LIMIT_MS = 60_000;

type PartsPair = Pair & { readonly parts: Parts };
type Fault = (pair: PartsPair) => Promise<unknown>;

/** Between WAS and each adapter and host. */
const wires = new Map<string, HeldProxy>();

/** What may happen at any moment of a recycle. */
const FAULTS: Readonly<Record<string, Fault>> = {
  nothing: async () => {},
  'WAS dies': (pair) => dieAndReturn(pair, 'was', 0),
  'WAS is away for 3 s': (pair) => dieAndReturn(pair, 'was', 3_000),
  'WAS stands still for 2 s': (pair) => standStill(pair, 'was', 2_000),
  'adapter 1 stands still for 1 s': (pair) => standStill(pair, 'adapter-1', 1_000),
  'adapter 2 hears WAS 1.5 s late': () => hearLate('adapter-2', 1_500),
  'adapter 1 loses its stream': async () => wires.get('adapter-1')?.cut(),
  'both adapters lose their streams': async () => ['adapter-1', 'adapter-2'].map((name) => wires.get(name)?.cut()),
  'host 1 dies': (pair) => dieAndReturn(pair, 'host-1', 0),
  'host 2 dies': (pair) => dieAndReturn(pair, 'host-2', 500),
  'host 2 is away for 7 s': (pair) => dieAndReturn(pair, 'host-2', 7_000),
  'host 1 stands still for 1 s': (pair) => standStill(pair, 'host-1', 1_000),
  'host 2 stands still for 7 s': (pair) => standStill(pair, 'host-2', 7_000),
  'host 1 loses its stream': async () => wires.get('host-1')?.cut(),
  'the oldest worker dies': (pair) => killWorker(pair, 0),
  'the newest worker dies': (pair) => killWorker(pair, -1),
};

console.log(`seed ${SEED}, ${STEPS} steps`);
const plan = fc.sample(fc.record({ fault: fc.constantFrom(...Object.keys(FAULTS)), afterMs: fc.nat(900) }), { numRuns: STEPS, seed: SEED });
const wasOf = async (name: string, was: string) => {
  const wire = wires.get(name) ?? (await startProxy(was));
  wires.set(name, wire);
  return wire.address;
};
await using pair = await startPairOfParts({ wasOf, pool: 'processModel: { startupTimeLimit: 10s, shutdownTimeLimit: 10s }' });
await pair.activate();
using load = startLoad({ url: pair.url, perSecond: 100, mix: SAFE });
for (const { fault, afterMs } of plan) {
  const id = await pair.begin().catch((error: Error) => error.message);
  await sleep(afterMs);
  await FAULTS[fault]!(pair);
  await until(() => isCalm(pair), CALM_LIMIT_MS, `calm after "${fault}" ${afterMs} ms after the beginning of ${id}`, 100).catch(
    async (error: unknown) => {
      await printState(pair);
      throw error;
    },
  );
  // a request is replayed once: a second death while it runs again would cost it
  await load.caughtUp();
  const receipt = await pair.admin.recycle(id).catch(() => undefined);
  const end = receipt ? `${receipt.outcome} ${receipt.failure}` : id;
  console.log(`${fault}, ${afterMs} ms after the wish: ${end}; ${load.sent} requests, ${load.failures.length} failed`);
  if (load.failures.length > 0) await printState(pair);
  assert.deepEqual(load.failures, []);
}
const { sent, failures } = await load.stop();
assert.deepEqual(failures, []);
const { receipts, events } = await pair.finish();
const starts = events.filter(({ type }) => type === 'worker.starting').length;
for (const wire of wires.values()) wire[Symbol.dispose]();
console.log(`${sent} requests, 0 failed; ${receipts.length} recycles, ${starts} starts; checker silent, no process left`);

async function dieAndReturn({ parts }: PartsPair, name: string, awayMs: number): Promise<void> {
  const part = parts.part(name);
  part.kill('SIGKILL');
  await part.ended;
  await sleep(awayMs);
  await parts.restart(name);
}

async function standStill({ parts }: PartsPair, name: string, ms: number): Promise<void> {
  const part = parts.part(name);
  part.kill('SIGSTOP');
  await sleep(ms);
  part.kill('SIGCONT');
}

async function hearLate(name: string, ms: number): Promise<void> {
  wires.get(name)?.hold();
  await sleep(ms);
  wires.get(name)?.release();
}

async function killWorker({ admin }: PartsPair, at: number): Promise<void> {
  const workers = [...(await admin.workers())].filter(({ pid }) => pid > 0).sort((a, b) => a.generation - b.generation);
  const worker = workers.at(at);
  if (worker && isAlive(worker.pid)) process.kill(worker.pid, 'SIGKILL');
}

/** One worker serves, on a host that is attached, and no recycle runs. */
async function isCalm({ admin }: PartsPair): Promise<boolean> {
  const [workers, recycles, { hosts, adapters }] = await Promise.all([admin.workers(), admin.recycles({ limit: 5 }), admin.status()]).catch(
    () => [[], [], { hosts: [], adapters: [] }] as const,
  );
  return (
    workers.length === 1 &&
    workers[0]!.state === 'ready' &&
    workers[0]!.pid > 0 &&
    hosts.length === 2 &&
    hosts.every(({ state }) => state === 'attached') &&
    adapters.every(({ attached }) => attached) &&
    recycles.every(({ outcome }) => outcome !== 'running')
  );
}

/** What was there when it should have been calm. */
async function printState({ admin }: PartsPair): Promise<void> {
  const { workers, hosts, adapters } = await admin.status();
  console.table(workers);
  console.table(hosts);
  console.table(adapters);
  console.table(await admin.channels());
  console.table((await admin.recycles({ limit: 5 })).map(({ phases: _, ...rest }) => rest));
  for (const { at, type, message } of await admin.events({ limit: 60 })) console.log(at, type, message);
}
