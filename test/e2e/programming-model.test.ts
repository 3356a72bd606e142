import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type Cluster, fixture, startCluster } from '../support/index.ts';

const LIMIT_MS = 30_000;
const example = (name: string) => fixture(`../../examples/${name}`);

/** A cluster with one app of the examples. */
function start(entry: string, modules: readonly string[], environment: Readonly<Record<string, string>>): Promise<Cluster> {
  return startCluster({
    config: (port) => `apiVersion: baton/v1
pools:
  - { name: shop, environmentVariables: ${JSON.stringify(environment)} }
apps:
  - name: shop
    pool: shop
    entry: ${example(entry)}
    modules: ${JSON.stringify(modules.map(example))}
    bindings: ["http://*:${port}/"]
`,
  });
}

function folderFor(t: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'baton-model-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('an unmodified Express app of a cluster is audited and limited by modules that baton.yaml puts around it', async (t) => {
  const file = join(folderFor(t), 'audit.jsonl');
  await using cluster = await start('express/server.js', ['module-audit/audit.js', 'module-rate-limit/rate-limit.js'], {
    AUDIT_FILE: file,
    RATE_LIMIT_PER_SECOND: '0.01',
    RATE_LIMIT_BURST: '2',
  });
  const statuses: number[] = [];
  for (let index = 0; index < 3; index++) statuses.push((await fetch(`${cluster.url}/info?n=${index}`)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  const lines = () => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  await until(() => lines().length === 3, LIMIT_MS, 'three lines of the audit');
  assert.deepEqual(
    lines().map((line) => {
      const { method, url, status } = JSON.parse(line);
      return `${method} ${url} ${status}`;
    }),
    ['GET /info?n=0 200', 'GET /info?n=1 200', 'GET /info?n=2 429'],
  );
});

test('files are written by the thread pool of a worker for those who have a name, and others are refused', async (t) => {
  const folder = folderFor(t);
  await using cluster = await start('express/server.js', ['module-write-file/basic-auth.js', 'module-write-file/write-file.js'], {
    WRITE_FILE_FOLDER: folder,
  });
  assert.equal((await fetch(`${cluster.url}/info`)).status, 401);
  const answer = await fetch(`${cluster.url}/info`, { headers: { authorization: `Basic ${Buffer.from('ann:x').toString('base64')}` } });
  assert.equal(answer.status, 200);
  assert.equal(typeof ((await answer.json()) as { pid: number }).pid, 'number');
  assert.equal(readFileSync(join(folder, 'ann.txt'), 'utf8'), 'Hello');
});

test('an extension of a cluster sends a file of 64 MiB and an upload back, also from a worker that is recycled meanwhile', async (t) => {
  const folder = folderFor(t);
  const body = randomBytes(64 << 20);
  writeFileSync(join(folder, 'big.bin'), body);
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  await using cluster = await start('isapi-transfer/transfer.js', [], { TRANSFER_FOLDER: folder });
  const get = async () => sha256(await (await fetch(`${cluster.url}/big.bin`)).bytes());
  assert.equal(await get(), sha256(body));
  const echoed = await fetch(cluster.url, { method: 'PUT', body });
  assert.equal(sha256(await echoed.bytes()), sha256(body));
  // a transfer stands still in its midst while its worker is replaced
  const response = await fetch(`${cluster.url}/big.bin`);
  const reader = response.body!.getReader();
  const hash = createHash('sha256').update((await reader.read()).value!);
  const recycle = cluster.baton<{ outcome: string; failed: number }[]>('pool', 'recycle', 'shop', '--wait');
  await until(
    async () => (await cluster.workers()).some(({ generation, state }) => generation === 2 && state === 'ready'),
    LIMIT_MS,
    'the successor',
  );
  assert.equal(await get(), sha256(body));
  assert.equal((await cluster.workers()).length, 2, 'the old worker did not wait for its transfer');
  for (let read = await reader.read(); !read.done; read = await reader.read()) hash.update(read.value);
  assert.equal(hash.digest('hex'), sha256(body));
  assert.deepEqual(
    (await recycle).map(({ outcome, failed }) => [outcome, failed]),
    [['completed', 0]],
  );
});

test('a module that asks for a recycle with every response: 1,000 responses, one recycle at a time, and its reason is in the receipts', async (t) => {
  await using cluster = await start('express/server.js', ['module-recycle/original.js'], {});
  const answers = new Set<number>();
  for (let batch = 0; batch < 20; batch++)
    for (const { status } of await Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await fetch(`${cluster.url}/info`);
        await response.arrayBuffer();
        return response;
      }),
    ))
      answers.add(status);
  assert.deepEqual(answers, new Set([200]));
  const completed = async () => (await cluster.admin.recycles()).filter(({ outcome }) => outcome === 'completed');
  await until(async () => (await completed()).length >= 1, LIMIT_MS, 'a recycle');
  const receipts = await completed();
  t.diagnostic(`${receipts.length} recycles for 1,000 responses`);
  assert.ok(receipts.length < 20, `${receipts.length}`);
  assert.equal(receipts[0]!.reason, 'Recycling process.');
});
