// Does any order of recycles and deaths lose a request that need not be lost, or leave something behind? `npm run test:chaos [-- --seed NUMBER|random --steps NUMBER]`
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { sleep, until } from '@baton/core';
import fc from 'fast-check';
import { type HeldProxy, startPairOfParts, startProxy } from '../../support/index.ts';
import { isCalm, printState } from './calm.ts';
import { FAULTS } from './faults.ts';
import { Traffic } from './traffic.ts';

const CALM_LIMIT_MS = 60_000;

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, steps: { type: 'string', default: '36' } } });
const seed = values.seed === 'random' ? Date.now() % 1_000_000 : Number(values.seed);
const steps = Number(values.steps);
assert.ok(Number.isSafeInteger(seed) && Number.isSafeInteger(steps), `--seed ${values.seed} --steps ${values.steps}`);
console.log(`seed ${seed}, ${steps} steps`);

/** Round after round of every fault, each round in another order. */
const names = Object.keys(FAULTS);
const rounds = fc.sample(fc.shuffledSubarray(names, { minLength: names.length }), { numRuns: Math.ceil(steps / names.length), seed });
const delays = fc.sample(fc.nat(900), { numRuns: steps, seed });
const plan = delays.map((afterMs, step) => ({ afterMs, fault: rounds.flat()[step]! }));

const wires = new Map<string, HeldProxy>();
const wasOf = async (name: string, was: string) => {
  const wire = wires.get(name) ?? (await startProxy(was));
  wires.set(name, wire);
  return wire.address;
};
await using pair = await startPairOfParts({ wasOf, pool: 'processModel: { startupTimeLimit: 10s, shutdownTimeLimit: 10s }' });
await pair.activate();
using traffic = new Traffic(pair);
await traffic.begin('adapter-1');
await traffic.begin('adapter-2');
for (const [step, { fault, afterMs }] of plan.entries()) {
  const beganAtMs = performance.now();
  const id = await pair.begin().catch((error: Error) => error.message);
  await sleep(afterMs);
  await FAULTS[fault]!({ pair, wires, traffic });
  await until(() => isCalm(pair), CALM_LIMIT_MS, `calm after "${fault}" ${afterMs} ms after the beginning of ${id}`, 100).catch(
    async (error: unknown) => {
      await printState(pair);
      throw error;
    },
  );
  // a request is replayed once: a second death while it runs again would cost it
  await traffic.caughtUp();
  const receipt = await pair.admin.recycle(id).catch(() => undefined);
  const end = receipt ? `${receipt.outcome} ${receipt.failure}` : id;
  const tookMs = performance.now() - beganAtMs;
  const { withWorkers, withAdapters } = traffic.allowed;
  console.log(
    `${step + 1}: ${fault}, ${afterMs} ms after the wish: ${end}; ${(tookMs / 1_000).toFixed(1)} s, ${traffic.sent} requests, ` +
      `${withWorkers} lost with workers, ${withAdapters} with adapters, ${traffic.losses().length} others`,
  );
  await assertNoLoss();
}
await Promise.all([traffic.end('adapter-1', false), traffic.end('adapter-2', false)]);
await assertNoLoss();
const { withWorkers, withAdapters } = traffic.allowed;
const { receipts, events } = await pair.finish();
const starts = events.filter(({ type }) => type === 'worker.starting').length;
for (const wire of wires.values()) wire[Symbol.dispose]();
console.log(
  `${traffic.sent} requests; ${withWorkers} streams lost with killed workers, ${withAdapters} requests with killed adapters, no other; ` +
    `${receipts.length} recycles, ${starts} starts; checker silent, no process left`,
);

async function assertNoLoss(): Promise<void> {
  const losses = traffic.losses();
  if (losses.length > 0) await printState(pair);
  assert.deepEqual(losses, []);
}
