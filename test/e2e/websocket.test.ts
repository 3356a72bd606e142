import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Recycle } from '@baton/admin';
import { until } from '@baton/core';
import { makeCertificate } from '@baton/core/testing';
import { WebSocket } from 'ws';
import { close, text } from '../conformance/websocket/frame.ts';
import { Reader } from '../conformance/websocket/reader.ts';
import { type Cluster, fixture, onePool, startCluster } from '../support/index.ts';

const app = fixture('websocket-app.js');

/** A client that numbers its messages and counts what comes back. */
class Talker {
  readonly socket: WebSocket;
  /** Numbers in the order they came back, each with the process that sent it. */
  readonly heard: { readonly number: number; readonly pid: number }[] = [];
  readonly closed: Promise<number>;
  private sent = 0;

  constructor({ port }: Cluster, path = '/', options = {}, scheme = 'ws') {
    this.socket = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, options);
    this.socket.on('message', (data) => {
      const [number, pid] = String(data).split(' ').map(Number);
      this.heard.push({ number: number!, pid: pid! });
    });
    this.socket.on('error', () => {});
    this.closed = once(this.socket, 'close').then(([code]) => code as number);
  }

  async open(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  /** Sends one more and waits for its echo; resolves with the process that answered. */
  async talk(): Promise<number> {
    const number = this.sent++;
    this.socket.send(String(number));
    await until(() => this.heard.length > number, 10_000, `the echo of ${number}`, 2);
    return this.heard[number]!.pid;
  }

  /** Every number came back once and in order. */
  check(): void {
    assert.deepEqual(
      this.heard.map(({ number }) => number),
      Array.from({ length: this.sent }, (_, index) => index),
    );
  }
}

const ends = ({ dir }: Cluster): string[] => {
  const path = join(dir, 'websocket-ends.log');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
};

/** The receipt of the recycle that runs names each socket that holds its drain, and says for how long. */
async function checkHolders(cluster: Cluster, path: string, sockets: number): Promise<void> {
  const { id } = (await cluster.baton<Recycle[]>('recycle', 'list')).find(({ outcome }) => outcome === 'running')!;
  const held = (atLeastMs: number) =>
    until(
      async () => {
        const receipt = await cluster.baton<Recycle>('recycle', 'show', id);
        const isHeld = receipt.holderCount === sockets && receipt.holders.every(({ forMs }) => forMs > atLeastMs);
        return isHeld ? receipt : undefined;
      },
      20_000,
      `${sockets} holders of ${id}, each for more than ${atLeastMs} ms`,
      100,
    );
  const { outcome, draining, holders } = await held(0);
  assert.deepEqual([outcome, draining?.limitMs], ['running', 60_000]);
  const named = holders.map(({ kind, app, what, client }) => ({ kind, app, what, client: client.replace(/^::ffff:/, '') }));
  assert.deepEqual(
    named,
    Array.from({ length: sockets }, () => ({ kind: 'websocket', app: 'app', what: path, client: '127.0.0.1' })),
  );
  await held(Math.max(...holders.map(({ forMs }) => forMs)));
}

/** So many sockets, and at most the one request that asks who answers, were with the old worker and came to their own end. */
function checkReceipt({ outcome, inFlightAtHandover, finished, failed }: Recycle, sockets: number): void {
  assert.deepEqual([outcome, finished, failed], ['completed', inFlightAtHandover, 0]);
  const others = (inFlightAtHandover ?? 0) - sockets;
  assert.ok(others === 0 || others === 1, `${inFlightAtHandover} were in flight`);
}

test('an upgrade starts the worker of an idle pool, and the app may stay idle no longer than its sockets are open', async () => {
  await using cluster = await startCluster({ config: onePool(app, 'processModel: { idleTimeout: 1s }') });
  assert.deepEqual(await cluster.workers(), []);
  const talker = await new Talker(cluster).open();
  const pid = await talker.talk();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal(await talker.talk(), pid);
  assert.equal((await cluster.workers()).length, 1);
  talker.socket.close(1000);
  assert.equal(await talker.closed, 1000);
  await until(async () => (await cluster.workers()).length === 0, 15_000, 'the idle worker to go');
});

test('under wait a recycle ends no WebSocket and names those that hold it: messages go on to the old worker, new connections to the next', async () => {
  await using cluster = await startCluster({ config: onePool(app, 'processModel: { shutdownTimeLimit: 60s }'), args: ['--hosts', '2'] });
  const talkers: Talker[] = [];
  const receipts: Promise<Recycle[]>[] = [];
  for (let round = 0; round < 3; round++) {
    const fresh = await Promise.all(Array.from({ length: 4 }, () => new Talker(cluster, `/${round}`).open()));
    const pid = await fresh[0]!.talk();
    receipts.push(cluster.baton<Recycle[]>('pool', 'recycle', 'app', '--wait', '--reason', 'test'));
    await until(async () => Number(await (await fetch(cluster.url)).text()) !== pid, 20_000, 'the next worker to answer');
    for (let turn = 0; turn < 25; turn++) for (const talker of fresh) assert.equal(await talker.talk(), pid);
    if (round === 0) await checkHolders(cluster, '/0', fresh.length);
    talkers.push(...fresh);
    // The slot takes its next recycle when this one is over, and this one is over when its sockets have been closed by their clients.
    for (const talker of fresh) talker.socket.close(1000, 'done');
    const [receipt] = await receipts.at(-1)!;
    checkReceipt(receipt!, 4);
  }
  for (const talker of talkers) {
    talker.check();
    assert.equal(await talker.closed, 1000);
  }
  await until(() => ends(cluster).length === 12, 5_000, 'the app to see every end');
  assert.deepEqual(new Set(ends(cluster).map((line) => line.split(' ')[1])), new Set(['1000']));
});

test('under close a recycle ends WebSockets with 1012 after the grace, cleanly for both ends, and they come back to the next worker', async () => {
  await using cluster = await startCluster({
    config: onePool(app, 'processModel: { shutdownTimeLimit: 60s }\n    drain: { policy: close, grace: 500ms }'),
  });
  const talkers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => new Talker(cluster, `/${index}`, { perMessageDeflate: false }).open()),
  );
  const pid = await talkers[0]!.talk();
  const recycling = cluster.baton<Recycle[]>('pool', 'recycle', 'app', '--wait', '--reason', 'test');
  // They talk until the close comes.
  const closes = await Promise.all(
    talkers.map(async (talker) => {
      const talking = setInterval(() => talker.socket.readyState === WebSocket.OPEN && talker.socket.send('0'), 1);
      const code = await talker.closed;
      clearInterval(talking);
      return code;
    }),
  );
  assert.deepEqual(
    closes,
    Array.from({ length: 10 }, () => 1012),
  );
  const [receipt] = await recycling;
  assert.deepEqual([receipt!.outcome, receipt!.finished, receipt!.failed], ['completed', 10, 0]);
  assert.deepEqual(new Set(ends(cluster).map((line) => line.split(' ')[1])), new Set(['1012']));
  assert.equal(ends(cluster).length, 10);
  const back = await new Talker(cluster).open();
  assert.notEqual(await back.talk(), pid);
  back.socket.close();
  await back.closed;
});

test('a worker that is killed is 1006 for its clients, and the next connection finds another worker', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  const talker = await new Talker(cluster).open();
  const pid = await talker.talk();
  process.kill(pid, 'SIGKILL');
  assert.equal(await talker.closed, 1006);
  talker.check();
  const next = await new Talker(cluster).open();
  assert.notEqual(await next.talk(), pid);
  next.socket.close();
  await next.closed;
});

test('messages of megabytes go both ways whole, packed and plain, while another client stops reading', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  const stalled = await new Talker(cluster).open();
  stalled.socket.pause();
  const block = Buffer.alloc(1 << 20, 'stalled');
  for (let count = 0; count < 24; count++) stalled.socket.send(block);
  for (const perMessageDeflate of [true, false]) {
    const { socket } = await new Talker(cluster, '/', { perMessageDeflate }).open();
    const big = Buffer.alloc(6 << 20);
    for (let at = 0; at < big.length; at += 4) big.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
    socket.send(big);
    const [echo] = (await once(socket, 'message')) as [Buffer];
    assert.ok(echo.equals(big));
    socket.close();
    await once(socket, 'close');
  }
  let bytes = 0;
  stalled.socket.on('message', (data: Buffer) => {
    bytes += data.length;
  });
  stalled.socket.resume();
  await until(() => bytes === 24 << 20, 20_000, 'everything for the client that had stopped');
  stalled.socket.close(1000);
  assert.equal(await stalled.closed, 1000);
});

test('a stock ws server takes WebSockets over HTTP/2, and they go through a recycle like others', async () => {
  await using cluster = await startCluster({ config: onePool(app, 'processModel: { shutdownTimeLimit: 60s }') });
  const session = connect(cluster.url);
  await once(session, 'remoteSettings');
  const talkers = await Promise.all(
    ['/a', '/b'].map(async (path) => {
      const stream = session.request(
        { ':method': 'CONNECT', ':protocol': 'websocket', ':path': path, 'sec-websocket-version': '13' },
        { endStream: false },
      );
      const reader = new Reader('');
      stream.once('response', (fields) => {
        assert.equal(fields[':status'], 200);
        reader.isOpen = true;
      });
      stream.on('data', (chunk) => reader.push(chunk));
      await once(stream, 'response');
      return { stream, reader };
    }),
  );
  const talk = async (from: number, to: number) => {
    for (let number = from; number < to; number++)
      for (const { stream, reader } of talkers) {
        stream.write(text(String(number)));
        await until(() => reader.frames > number, 10_000, `the echo of ${number}`, 2);
      }
  };
  await talk(0, 20);
  const recycling = cluster.baton<Recycle[]>('pool', 'recycle', 'app', '--wait', '--reason', 'test');
  const pid = talkers[0]!.reader.words[0]!.split(' ')[2];
  await until(async () => (await (await fetch(cluster.url)).text()) !== pid, 20_000, 'the next worker to answer');
  await talk(20, 40);
  for (const { stream, reader } of talkers) {
    const closed = once(stream, 'close');
    stream.write(close(1000));
    await until(() => reader.hasClose, 5_000, 'the close');
    stream.end();
    await closed;
    assert.equal(stream.rstCode, 0);
    assert.deepEqual(reader.words, [...Array.from({ length: 40 }, (_, number) => `text ${number} ${pid}`), 'close 1000']);
  }
  const [receipt] = await recycling;
  checkReceipt(receipt!, 2);
  assert.deepEqual(ends(cluster).sort(), ['/a 1000', '/b 1000']);
  session.close();
});

test('a WebSocket in TLS reaches the app as an encrypted one, and ends as one without TLS does', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'baton-tls-'));
  const { cert, key } = makeCertificate(['127.0.0.1']);
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key);
  const config = (port: number): string =>
    `${onePool(app)(port).replace('http://', 'https://')}tls: [{ host: '*', cert: ${join(dir, 'cert.pem')}, key: ${join(dir, 'key.pem')} }]\n`;
  await using cluster = await startCluster({ config });
  const open = async (path: string): Promise<Talker> => {
    const talker = new Talker(cluster, path, { ca: cert, checkServerIdentity: () => undefined }, 'wss');
    return talker.open();
  };
  const talker = await open('/closes');
  const pid = await talker.talk();
  for (let turn = 0; turn < 50; turn++) await talker.talk();
  talker.check();
  talker.socket.close(1000);
  assert.equal(await talker.closed, 1000);
  await until(() => ends(cluster).includes('/closes 1000'), 5_000, 'the app to see the end');
  const gone = await open('/goes');
  await gone.talk();
  gone.socket.terminate();
  await until(() => ends(cluster).includes('/goes 1006'), 5_000, 'the app to see the client gone');
  const killed = await open('/killed');
  await killed.talk();
  process.kill(pid, 'SIGKILL');
  assert.equal(await killed.closed, 1006);
  rmSync(dir, { recursive: true });
});
