import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fixture, processesOf, startCluster } from '../../support/index.ts';
import { ask } from './tcp-client.ts';

const GIB = 1_073_741_824;
const BLOCK = Buffer.alloc(1_048_576, 'baton ');
/** What adapter and worker may need beside what they had before: windows of the channel, buffers of two sockets, garbage. */
const GROWTH_BYTES = 160 * 1_048_576;

test('a gibibyte goes each way with flat memory in adapter and worker', { timeout: 300_000 }, async (t) => {
  await using cluster = await startCluster({
    config: (port) => `apiVersion: baton/v1
pools: [{ name: app }]
apps: [{ name: app, pool: app, entry: ${fixture('tcp.js')}, bindings: ["tcp://*:${port}"] }]
`,
  });
  await ask(cluster.port, `sink\n${'x'.repeat(4_000_000)}`);
  const watched = processesOf(cluster.dir).filter(({ command }) => /^baton (adapter|w\d)/.test(command));
  assert.equal(watched.length, 2, watched.map(({ command }) => command).join());
  const before = watched.map(({ pid }) => rssOf(pid));
  const most = [...before];
  const timer = setInterval(() => {
    for (const [at, { pid }] of watched.entries()) most[at] = Math.max(most[at]!, rssOf(pid));
  }, 50);
  const startedAtMs = performance.now();
  const [, received] = await Promise.all([upload(cluster.port), download(cluster.port)]);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  clearInterval(timer);
  assert.equal(received, GIB);
  const growth = most.map((bytes, at) => bytes - before[at]!);
  t.diagnostic(`2 GiB in ${seconds.toFixed(1)} s; adapter +${mib(growth[0]!)} MiB, worker +${mib(growth[1]!)} MiB at most`);
  for (const bytes of growth) assert.ok(bytes < GROWTH_BYTES, `${mib(bytes)} MiB more`);
});

async function upload(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write('sink\n');
  for (let sent = 0; sent < GIB; sent += BLOCK.length) if (!socket.write(BLOCK)) await once(socket, 'drain');
  socket.end();
  await once(socket, 'end');
  assert.match(answer, new RegExp(`^${GIB} `));
}

async function download(port: number): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' });
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  socket.write(`send ${GIB}\n`);
  await once(socket, 'end');
  return received;
}

const rssOf = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
const mib = (bytes: number): number => Math.round(bytes / 1_048_576);
