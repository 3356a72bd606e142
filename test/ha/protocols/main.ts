// Do 100 recycles in a row cost a client of any protocol anything? `npm run test:protocols [-- RECYCLES [PROTOCOL …]]`
import assert from 'node:assert/strict';
import type { Recycle } from '@baton/admin';
import { fixture, processesOf, startCluster } from '../../support/index.ts';
import { startArrivals } from './arrivals.ts';
import { grpcStream, grpcUnary } from './clients/grpc.ts';
import { http1 } from './clients/http1.ts';
import { http2 } from './clients/http2.ts';
import { pending } from './clients/pending.ts';
import { queue } from './clients/queue.ts';
import { tcp } from './clients/tcp.ts';
import { transfers } from './clients/transfers.ts';
import { websocket } from './clients/websocket.ts';
import { judge, judgeEnds } from './judge.ts';
import type { Protocol } from './protocol.ts';

const PROTOCOLS = [http1, http2, grpcUnary, grpcStream, websocket, tcp, queue, transfers, pending];
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
  const modules = (protocol.modules ?? []).map((file) => fixture(`protocols/${file}`)).join(', ');
  const config = (port: number) => `apiVersion: baton/v1
pools: [{ name: app }]
apps:
  - name: app
    pool: app
    entry: ${fixture(`protocols/${protocol.entry}`)}
    modules: [${modules}]
    bindings: ["${protocol.binding(port)}"]
`;
  await using cluster = await startCluster({ config, args: ['--hosts', '2', '--adapters', '2'] });
  const client = await protocol.open(cluster);
  const first = await client.send('first');
  assert.ok('pid' in first, `the first one failed: ${'wrong' in first && first.wrong}`);
  const arrivals = startArrivals(client, protocol, 'work');
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
  const row = { ...judge(protocol, count, receipts, cluster.dir), ...judgeEnds(protocol, count, cluster.dir) };
  return { ...row, seconds: Math.round((Date.now() - startedAtMs) / 1_000) };
}
