import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AdminClient } from '@baton/admin';
import { gatherHistory } from './history.ts';

const POOLS = [
  { name: 'solo', settings: { recycling: { disallowOverlappingRotation: true } } },
  { name: 'app', settings: { recycling: { disallowOverlappingRotation: false } } },
];

/** A WAS that is calm and has kept so many rows of each list. */
async function openWas(t: TestContext, kept: { events?: number; recycles?: number }) {
  const rows = (count = 0, row: object = {}) => Array.from({ length: count }, () => row);
  const ended = { id: 'r1', outcome: 'completed' };
  const lists: Record<string, readonly object[]> = { events: rows(kept.events), recycles: rows(kept.recycles, ended), pools: POOLS };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://was');
    const name = pathname.slice('/api/v1/'.length);
    const body = name === 'status' ? { adapters: [] } : (lists[name] ?? []).slice(0, Number(searchParams.get('limit') ?? 100));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dir = mkdtempSync(join(tmpdir(), 'baton-history-'));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true });
  });
  return { admin: new AdminClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }), dir, accessLogs: [] };
}

const stop = async () => {};

test('a run that left as many events or receipts as are kept is not judged: what came before them is lost', async (t) => {
  await assert.rejects(gatherHistory(await openWas(t, { events: 12_000 }), stop), /left 10000 events or more/);
  await assert.rejects(gatherHistory(await openWas(t, { recycles: 1_000 }), stop), /left 1000 receipts or more/);
});

test('a run that left fewer is gathered whole, with the pools whose workers may not overlap', async (t) => {
  const { events, receipts, noOverlap } = await gatherHistory(await openWas(t, { events: 9_999, recycles: 999 }), stop);
  assert.deepEqual([events.length, receipts.length, noOverlap], [9_999, 999, ['solo']]);
});
