// Do 100 recycles in a row cost a client of any protocol anything? `npm run test:protocols [-- RECYCLES [PROTOCOL …]]`
import assert from 'node:assert/strict';
import type { Recycle } from '@baton/admin';
import { fixture, processesOf, startCluster } from '../../support/index.ts';
import { type Count, startArrivals } from './arrivals.ts';
import { grpcStream, grpcUnary } from './clients/grpc.ts';
import { http1 } from './clients/http1.ts';
import { http2 } from './clients/http2.ts';
import { queue } from './clients/queue.ts';
import { tcp } from './clients/tcp.ts';
import { websocket } from './clients/websocket.ts';
import { readLedgers } from './ledger.ts';
import type { Protocol } from './protocol.ts';

const PROTOCOLS = [http1, http2, grpcUnary, grpcStream, websocket, tcp, queue];
const [recycles = '100', ...names] = process.argv.slice(2);
const RECYCLES = Number(recycles);

const chosen = PROTOCOLS.filter(({ name }) => names.length === 0 || names.some((part) => name.toLowerCase().includes(part.toLowerCase())));
assert.ok(chosen.length > 0, `expected some of ${PROTOCOLS.map(({ name }) => name).join(', ')}, got ${names.join(' ')}`);
const rows: Record<string, Record<string, number>> = {};
for (const protocol of chosen) rows[protocol.name] = await run(protocol);
console.table(rows);
console.log('nothing was lost or doubled, and the receipts say the same as the clients');

async function run(protocol: Protocol): Promise<Record<string, number>> {
  const startedAtMs = Date.now();
  const config = (port: number) => `apiVersion: baton/v1
pools: [{ name: app }]
apps: [{ name: app, pool: app, entry: ${fixture(`protocols/${protocol.entry}`)}, bindings: ["${protocol.binding(port)}"] }]
`;
  await using cluster = await startCluster({ config, args: ['--hosts', '2', '--adapters', '2'] });
  const client = await protocol.open(cluster);
  const first = await client.send('first');
  assert.ok('pid' in first, `the first one failed: ${'wrong' in first && first.wrong}`);
  const arrivals = startArrivals(client, protocol.perSecond, 'work');
  const receipts: Recycle[] = [];
  while (receipts.length < RECYCLES) {
    receipts.push(...(await cluster.baton<Recycle[]>('pool', 'recycle', 'app', '--wait', '--reason', protocol.name)));
    if (receipts.length % 20 === 0)
      console.log(`${protocol.name}: ${receipts.length} recycles, ${arrivals.sent} sent, ${arrivals.failed} failed`);
  }
  const count = await arrivals.stop();
  await client.close();
  assert.equal(await cluster.stop(), 0, cluster.output());
  assert.deepEqual(processesOf(cluster.dir), [], 'processes are left');
  const row = judge(protocol, count, receipts, readLedgers(cluster.dir));
  return { ...row, seconds: Math.round((Date.now() - startedAtMs) / 1_000) };
}

/** What the clients, the app and the receipts say, held against each other. */
function judge({ name }: Protocol, { ids, failures, pids }: Count, receipts: readonly Recycle[], begun: Map<string, number>) {
  const sum = (figure: (receipt: Recycle) => number | null) => receipts.reduce((total, receipt) => total + (figure(receipt) ?? 0), 0);
  const inFlight = sum((receipt) => receipt.inFlightAtHandover);
  const [finished, moved] = [sum((receipt) => receipt.finished), sum((receipt) => receipt.moved)];
  const [replayed, failed] = [sum((receipt) => receipt.replayed), sum((receipt) => receipt.failed)];
  const doubled = ids.filter((id) => (begun.get(id) ?? 0) > 1);
  const missing = ids.filter((id) => !begun.has(id));
  console.log(
    `${name}: ${ids.length} sent, ${failures.length} lost, ${doubled.length} doubled; ${receipts.length} recycles, ` +
      `in flight ${inFlight} = ${finished} finished + ${moved} moved + ${replayed} replayed + ${failed} failed`,
  );
  assert.deepEqual(failures.slice(0, 10), [], `${failures.length} were lost`);
  assert.deepEqual(
    [doubled.slice(0, 10), missing.slice(0, 10)],
    [[], []],
    `${doubled.length} were begun twice, ${missing.length} by nobody`,
  );
  assert.equal(failed, failures.length, 'the receipts say another number of failures');
  assert.equal(finished + moved + replayed + failed, inFlight);
  assert.equal(replayed, 0);
  assert.deepEqual(new Set(receipts.map(({ outcome, incomplete }) => `${outcome} ${incomplete}`)), new Set(['completed false']));
  assert.ok(inFlight > 0, 'no recycle found anything in flight');
  assert.ok(pids.size >= receipts.length, `${pids.size} processes answered, ${receipts.length} recycles`);
  return {
    sent: ids.length,
    lost: failures.length,
    doubled: doubled.length,
    recycles: receipts.length,
    'in flight': inFlight,
    finished,
    moved,
  };
}
