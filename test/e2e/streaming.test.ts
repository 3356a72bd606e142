import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type Cluster, fixture, onePool, startCluster } from '../support/index.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const BLOCK = Buffer.alloc(65536, 'baton ');
const MAY_GROW = 80 * MIB;

test('1 GiB up and 1 GiB down arrive with the right hash while adapter and worker keep their memory', async (t) => {
  await using cluster = await startCluster({ config: onePool(fixture('cluster-app.js')) });
  await upload(cluster, 64 * MIB); // buffers, code and heap reach their working size
  await download(cluster, 64 * MIB);
  const before = await memory(cluster);
  const peak = watch(await pids(cluster));
  const wanted = hashOf(GIB);
  assert.equal(await upload(cluster, GIB), wanted);
  assert.equal(await download(cluster, GIB), wanted);
  const grown = peak().map((bytes, index) => bytes - before[index]!);
  t.diagnostic(`memory of adapter and worker grew by ${grown.map((bytes) => `${(bytes / MIB).toFixed(0)} MiB`).join(' and ')} at most`);
  for (const bytes of grown) assert.ok(bytes <= MAY_GROW, `${bytes} bytes`);
});

test('a client that stops reading stalls only its own request', async () => {
  await using cluster = await startCluster({ config: onePool(fixture('cluster-app.js')) });
  const stalled = get(`${cluster.url}/download?bytes=${GIB}`, { agent: false });
  const [response] = (await once(stalled, 'response')) as [IncomingMessage];
  response.pause();
  const [adapter, worker] = await pids(cluster);
  const started = Date.now();
  for (let round = 0; round < 200; round++) assert.equal((await fetch(cluster.url)).status, 200);
  assert.equal(await download(cluster, 64 * MIB), hashOf(64 * MIB));
  assert.ok(Date.now() - started < 20_000);
  assert.ok(rss(adapter!) < 400 * MIB && rss(worker!) < 400 * MIB);
  stalled.destroy();
  await until(
    async () => (await cluster.workers()).every((row) => (row as unknown as { inFlight: number }).inFlight === 0),
    10_000,
    'the end of the stalled request in the worker',
  );
});

test('an upload to an app that does not read is held back at the client', async () => {
  await using cluster = await startCluster({ config: onePool(fixture('cluster-app.js')) });
  const sent = request(`${cluster.url}/slow?ms=1500`, { method: 'POST', agent: false });
  let written = 0;
  while (written < 64 * MIB && sent.write(BLOCK)) written += BLOCK.length;
  sent.on('drain', () => {
    while (written < 64 * MIB && sent.write(BLOCK)) written += BLOCK.length;
  });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  assert.ok(written < 32 * MIB, `the client could write ${written} bytes that nobody read`);
  sent.on('error', () => {});
  sent.destroy();
});

function upload(cluster: Cluster, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(`${cluster.url}/upload`, { method: 'POST', agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    let left = bytes;
    const push = () => {
      while (left > 0) {
        const chunk = BLOCK.subarray(0, Math.min(left, BLOCK.length));
        left -= chunk.length;
        if (!sent.write(chunk)) return sent.once('drain', push);
      }
      return sent.end();
    };
    push();
  });
}

function download(cluster: Cluster, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${cluster.url}/download?bytes=${bytes}`, { agent: false }, (response) => {
      const hash = createHash('sha256');
      response.on('data', (chunk) => hash.update(chunk));
      response.on('end', () => resolve(hash.digest('hex')));
      response.on('error', reject);
    }).on('error', reject);
  });
}

function hashOf(bytes: number): string {
  const hash = createHash('sha256');
  for (let left = bytes; left > 0; left -= BLOCK.length) hash.update(BLOCK.subarray(0, Math.min(left, BLOCK.length)));
  return hash.digest('hex');
}

async function pids(cluster: Cluster): Promise<[number, number]> {
  const adapter = Object.entries(cluster.file().pids).find(([name]) => name.startsWith('adapter'))![1];
  return [adapter, (await cluster.workers())[0]!.pid];
}

async function memory(cluster: Cluster): Promise<number[]> {
  return (await pids(cluster)).map(rss);
}

function watch(processes: readonly number[]): () => number[] {
  const peaks = processes.map(rss);
  const timer = setInterval(() => {
    processes.forEach((pid, index) => {
      peaks[index] = Math.max(peaks[index]!, rss(pid));
    });
  }, 100);
  return () => {
    clearInterval(timer);
    return peaks;
  };
}

function rss(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}
