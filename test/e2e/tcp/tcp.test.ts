import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { waitForRecycle } from '@baton/admin';
import { until } from '@baton/core';
import { makeCertificate } from '@baton/core/testing';
import { type Cluster, fixture, startCluster } from '../../support/index.ts';
import { ask, talk } from './tcp-client.ts';

const LIMIT_MS = 30_000;
const ENTRY = fixture('tcp.js');

/** One pool with the app of plain TCP at one binding; lines of YAML to add to the app. */
const tcpPool =
  (app = '', pool = '') =>
  (port: number): string =>
    `apiVersion: baton/v1
pools:
  - name: app
    ${pool}
apps:
  - name: app
    pool: app
    entry: ${ENTRY}
    bindings: ["tcp://*:${port}"]
    ${app}
`;

interface Facts {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly encrypted: boolean;
  readonly pid: number;
}

async function recycle(cluster: Cluster): Promise<void> {
  const { recycleIds } = await cluster.admin.recyclePool('app', { reason: 'test' });
  for (const id of recycleIds) assert.equal((await waitForRecycle(cluster.admin, id)).outcome, 'completed');
}

test('a connection starts the worker, reaches the app with its bytes, its half-closes and its address, and so does the next', async () => {
  await using cluster = await startCluster({ config: tcpPool() });
  assert.equal(await ask(cluster.port, 'echo\none\ntwo\n'), 'one\ntwo\n');
  const sum = createHash('sha256').update('x'.repeat(300_000)).digest('hex');
  assert.equal(await ask(cluster.port, `sink\n${'x'.repeat(300_000)}`), `300000 ${sum}\n`);
  const { socket, whole } = await talk(cluster.port, 'facts\n');
  const facts = JSON.parse(await whole) as Facts;
  assert.deepEqual(
    [facts.remoteAddress, facts.remotePort, facts.localPort, facts.encrypted],
    ['127.0.0.1', socket.localPort, cluster.port, false],
  );
  socket.destroy();
  assert.equal((await ask(cluster.port, 'send 1000000\n')).length, 1_000_000);
  assert.equal((await cluster.workers()).length, 1);
});

test('what an app does to its socket happens to the connection of its client', async () => {
  await using cluster = await startCluster({ config: tcpPool() });
  assert.equal(await ask(cluster.port, 'echo\nstart\n'), 'start\n');
  const destroyed = await talk(cluster.port, 'destroy\n');
  assert.equal(await destroyed.whole, 'last words\n');
  const reset = await talk(cluster.port, 'reset\n');
  await assert.rejects(reset.whole, { code: 'ECONNRESET' });
  assert.equal(await ask(cluster.port, 'echo\nagain\n'), 'again\n');
});

test('a worker that is killed takes its connections with it, and the next ones reach another', async () => {
  await using cluster = await startCluster({ config: tcpPool() });
  const held = await talk(cluster.port, 'hold\n');
  const pid = Number(await held.line());
  process.kill(pid, 'SIGKILL');
  await assert.rejects(held.whole, { code: 'ECONNRESET' });
  const { pid: next } = JSON.parse(await ask(cluster.port, 'facts\n')) as Facts;
  assert.notEqual(next, pid);
});

test('a stopped pool resets connections', async () => {
  await using cluster = await startCluster({ config: tcpPool() });
  assert.equal(await ask(cluster.port, 'echo\nhere\n'), 'here\n');
  await cluster.baton('pool', 'stop', 'app');
  const refused = async () => {
    try {
      await ask(cluster.port, 'echo\nnobody\n');
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ECONNRESET';
    }
  };
  await until(refused, LIMIT_MS, 'a reset');
  await cluster.baton('pool', 'start', 'app');
  assert.equal(await ask(cluster.port, 'echo\nback\n'), 'back\n');
});

test('behind a proxy the app sees the client that the PROXY header names, and a connection without one is reset', async () => {
  await using cluster = await startCluster({ config: tcpPool('proxyProtocol: v2') });
  const ends = Buffer.from([192, 0, 2, 7, 198, 51, 100, 1, 0xc0, 0x01, 0x01, 0xbb]);
  const header = Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'), ends]);
  const facts = JSON.parse(await ask(cluster.port, Buffer.concat([header, Buffer.from('facts\n')]))) as Facts;
  assert.deepEqual([facts.remoteAddress, facts.remotePort, facts.localPort], ['192.0.2.7', 49_153, 443]);
  await assert.rejects(ask(cluster.port, 'facts\n'), { code: 'ECONNRESET' });
});

test('behind a tls:// binding the app gets what was meant for it, with its half-closes', async () => {
  const { cert, key } = makeCertificate(['shop.example']);
  const dir = mkdtempSync(join(tmpdir(), 'baton-tls-'));
  try {
    for (const [name, text] of Object.entries({ cert, key })) writeFileSync(join(dir, name), text);
    const config = (port: number) =>
      `${tcpPool()(port).replace('tcp://*', 'tls://shop.example')}\ntls: [{ host: shop.example, cert: ${dir}/cert, key: ${dir}/key }]\n`;
    await using cluster = await startCluster({ config });
    const dial = async (): Promise<Socket> => {
      const options = { port: cluster.port, host: '127.0.0.1', servername: 'shop.example', ca: cert, allowHalfOpen: true };
      const socket = connectTls(options as ConnectionOptions);
      await once(socket, 'secureConnect');
      return socket;
    };
    const facts = await talk(cluster.port, 'facts\n', await dial());
    assert.equal((JSON.parse(await facts.whole) as Facts).encrypted, true);
    const sink = await talk(cluster.port, `sink\n${'x'.repeat(500_000)}`, await dial());
    sink.socket.end();
    assert.match(await sink.whole, /^500000 /);
    for (const { socket } of [facts, sink]) socket.destroy();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a client that does not read stalls its own connection and no other', async () => {
  await using cluster = await startCluster({ config: tcpPool() });
  const stalled = connect({ port: cluster.port, host: '127.0.0.1' });
  await once(stalled, 'connect');
  stalled.pause();
  stalled.write('send 200000000\n');
  await delay(300);
  const startedAtMs = performance.now();
  for (let at = 0; at < 20; at++) assert.equal(await ask(cluster.port, `echo\n${at}\n`), `${at}\n`);
  assert.ok(performance.now() - startedAtMs < 5_000);
  let got = 0;
  stalled.on('data', (chunk) => {
    got += chunk.length;
  });
  stalled.resume();
  await once(stalled, 'end');
  assert.equal(got, 200_000_000);
  stalled.destroy();
});

test('connections with numbered lines cross five recycles: none is lost, doubled, out of order or closed', async () => {
  await using cluster = await startCluster({ config: tcpPool('', 'processModel: { shutdownTimeLimit: 60s }') });
  const pidNow = async () => (JSON.parse(await ask(cluster.port, 'facts\n')) as Facts).pid;
  for (let round = 0; round < 5; round++) {
    const talks = await Promise.all(Array.from({ length: 20 }, (_, at) => numbered(cluster.port, at)));
    const old = await pidNow();
    const recycling = recycle(cluster);
    await until(async () => (await pidNow()) !== old, LIMIT_MS, 'new connections to reach the next worker');
    await Promise.all(talks.map((one) => one.end()));
    await recycling;
  }
  const receipts = await cluster.admin.recycles({ pool: 'app' });
  assert.equal(receipts.length, 5);
  for (const { outcome, finished, failed, inFlightAtHandover } of receipts) {
    assert.deepEqual([outcome, failed, finished], ['completed', 0, inFlightAtHandover]);
    assert.ok(Number(inFlightAtHandover) >= 20, `${inFlightAtHandover}`);
  }
});

/** Sends a line every 20 ms until ended, and checks that exactly those came back, in order, and then a FIN. */
async function numbered(port: number, name: number): Promise<{ end(): Promise<void> }> {
  const { socket, whole } = await talk(port, 'echo\n');
  let sent = 0;
  const timer = setInterval(() => socket.write(`${name}-${sent++}\n`), 20);
  whole.catch(() => clearInterval(timer));
  return {
    async end() {
      clearInterval(timer);
      socket.end();
      assert.equal(await whole, Array.from({ length: sent }, (_, at) => `${name}-${at}\n`).join(''));
      socket.destroy();
    },
  };
}
