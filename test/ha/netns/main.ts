// Does a cluster live on several machines? Two hosts, an adapter and WAS, each in a network of its own. `npm run test:netns`
import assert from 'node:assert/strict';
import { sleep, until } from '@baton/core';
import { startLoad, startPairOfParts } from '../../support/index.ts';
import { createNetwork, missingForNetworks } from './network.ts';

const RECYCLES = 20;
const PER_SECOND = 100;
const TOKEN_MS = 3_000;
const CUT_MS = 8_000;

const missing = missingForNetworks();
if (missing) {
  console.error(`test:netns cannot run: ${missing}`);
  process.exit(1);
}
/** Redis is where WAS is. */
const machineOf = (part: string) => (part === 'redis' ? 'was' : part);
using network = createNetwork(['was', 'adapter-1', 'host-1', 'host-2']);
await using pair = await startPairOfParts({
  adapters: 1,
  place: (part) => network.place(machineOf(part)),
  wasArgs: ['--token-life', String(TOKEN_MS)],
});
const addresses = ['was', 'adapter-1', 'host-1', 'host-2'].map((part) => `${part} ${network.place(part).address}`);
console.log(addresses.join(', '));
await pair.activate();
const [first] = await pair.admin.workers();
console.log(`activated: ${first!.id} on host ${first!.host}`);

using load = startLoad({ url: pair.url, perSecond: PER_SECOND });
const hosts = [first!.host];
for (let round = 0; round < RECYCLES; round++) {
  const { outcome, failure, newHost, oldHost } = await pair.recycle();
  assert.deepEqual([outcome, failure], ['completed', '']);
  assert.notEqual(newHost, oldHost);
  hosts.push(newHost ?? '');
}
console.log(`${RECYCLES} recycles over hosts ${hosts.join(' ')}: ${load.sent} requests, ${load.failures.length} failed`);
assert.deepEqual(load.failures, []);

// WAS and Redis are gone for everybody, for longer than any token lives; links that break meanwhile must heal without them
const [serving] = await pair.admin.workers();
const host = `host-${serving!.host}`;
network.cut('was');
const cutAtMs = Date.now();
await sleep(TOKEN_MS + 1_000);
let broken = 0;
for (let round = 0; round < 3; round++) {
  broken += network.breakConnections(host, 'adapter-1');
  await sleep(500);
}
assert.ok(broken > 0, 'no connection between host and adapter was there to be broken');
await sleep(Math.max(0, cutAtMs + CUT_MS - Date.now()));
const answered = load.answered;
await until(() => load.answered > answered + PER_SECOND, 5_000, 'answers without WAS');
console.log(`cut off from WAS for ${Date.now() - cutAtMs} ms, ${broken} links broken: ${load.failures.length} failed`);
assert.deepEqual(load.failures, []);
network.mend('was');
const mendedAtMs = Date.now();

await until(async () => (await pair.admin.hosts()).every(({ state }) => state === 'attached'), 30_000, 'both hosts back');
await until(async () => (await pair.admin.status()).adapters.every(({ attached }) => attached), 30_000, 'the adapter back');
await until(async () => (await pair.admin.workers()).filter(({ state }) => state === 'ready').length === 1, 30_000, 'one worker');
const after = await pair.recycle();
assert.equal(after.outcome, 'completed', after.failure);
const report = await load.stop();
console.log(`${report.sent} requests, ${report.failures.length} failed`);
assert.deepEqual(report.failures, []);
const { adapters } = await pair.finish();
const meanwhile = adapters.flatMap(({ lines }) =>
  lines.flatMap((line) => (line.kind === 'request' && line.n > 0 && line.atMs > cutAtMs && line.atMs < mendedAtMs ? [line.worker] : [])),
);
assert.deepEqual(new Set(meanwhile), new Set([serving!.id]), 'another worker served while WAS was cut off');
console.log('checker silent, no process left');
