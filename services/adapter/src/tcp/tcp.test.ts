import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSession } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { startTcp } from '../testing/tcp-harness.ts';

const PATIENCE_MS = 10_000;
const OK = [200, [], 'close'] as const;
const comes = (condition: () => unknown, what: string): Promise<unknown> => until(() => Boolean(condition()), PATIENCE_MS, what, 2);

describe('a TCP connection', () => {
  it('is one request of the channel, with its ends and its binding', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const { head, isBodyless } = await h.worker.request();
    const { localPort = 0 } = client.socket;
    assert.deepEqual(
      { ...head, headers: head.headers.join() },
      {
        ...{
          protocol: 'tcp',
          appKey: 'shop',
          method: 'TCP',
          url: 'tcp://*:0',
          httpVersion: '1.1',
          headers: '',
          encrypted: false,
          deadlineMs: 0,
        },
        ...{ remoteAddress: '127.0.0.1', remotePort: localPort, localAddress: '127.0.0.1', localPort: h.port },
      },
    );
    assert.equal(isBodyless, false);
  });

  it('carries bytes both ways, and the app may speak first', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(...OK).sendData('220 ready\n');
    await client.until('220 ready\n');
    client.send('hello');
    await comes(() => stream.body === 'hello', 'the bytes of the client');
    stream.sendData('world');
    await client.until('world');
    assert.equal(stream.consumedBytes, '220 ready\nworld'.length);
  });

  it('ends its halves one by one when the client ends first', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(...OK);
    client.socket.end('1\n2\n');
    await comes(() => stream.isEnded, 'the FIN of the client');
    assert.equal(stream.body, '1\n2\n');
    stream.sendData('3\n').sendEnd();
    assert.equal(await client.closed(), '');
    assert.equal(client.received, '3\n');
    assert.deepEqual([h.pool.counters.answered, h.pool.place.inFlight], [1, 0]);
  });

  it('ends its halves one by one when the app ends first', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream
      .sendHead(...OK)
      .sendData('bye')
      .sendEnd();
    await client.ended();
    client.send('still here');
    await comes(() => stream.body === 'still here', 'bytes behind the end of the app');
    assert.equal(h.listener.ports.connectionCount, 1);
    client.socket.end();
    assert.equal(await client.closed(), '');
    assert.equal(stream.isEnded, true);
    await comes(() => h.listener.ports.connectionCount === 0, 'the port to forget it');
  });

  it('ends behind what was sent when the app destroys its socket', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream
      .sendHead(...OK)
      .sendData('last words')
      .sendReset('APP_ABORTED');
    await client.ended();
    assert.equal(client.received, 'last words');
    client.send('nobody reads this');
    client.socket.end();
    assert.equal(await client.closed(), '');
  });

  it('is reset when its worker dies, and is never replayed', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    const second = new FakeSession({ generation: 2, slot: 'shop/2' });
    h.pool.place.connected(second);
    stream.sendReset('WORKER_DIED', 'killed');
    assert.equal(await client.closed(), 'ECONNRESET');
    assert.equal(second.streams.length, 0);
    assert.equal(h.pool.counters.failed, 1);
  });

  it('goes to another worker when the first one never began it, with every byte', async () => {
    await using h = await startTcp();
    const client = await h.client();
    client.send('first ');
    const stream = await h.worker.request();
    await comes(() => stream.body === 'first ', 'the first bytes');
    h.worker.state = 'suspended';
    h.pool.place.changed();
    stream.sendReset('NOT_BEGUN');
    client.send('then');
    const second = new FakeSession({ generation: 2, slot: 'shop/2' });
    h.pool.place.connected(second);
    const moved = await second.request();
    await comes(() => moved.body === 'first then', 'all bytes at the second worker');
    assert.equal(h.pool.counters.moved, 1);
    moved.sendHead(...OK).sendData('from the second');
    await client.until('from the second');
  });

  it('is reset when a worker did not begin it and its bytes are no longer kept', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    client.send(Buffer.alloc(200_000));
    await comes(() => stream.body.length === 200_000, 'the bytes');
    stream.sendReset('NOT_BEGUN');
    assert.equal(await client.closed(), 'ECONNRESET');
  });

  it('tells the app when its client resets', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(...OK);
    client.socket.resetAndDestroy();
    await comes(() => stream.resetCause === 'CLIENT_CLOSED', 'the reset');
    assert.deepEqual([h.pool.counters.clientClosed, h.pool.place.inFlight], [1, 0]);
  });

  it('of an answer that is none is reset', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(404);
    assert.equal(await client.closed(), 'ECONNRESET');
    assert.equal(stream.resetCause, 'PROTOCOL');
  });

  it('is not read while the app gives no credit', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(...OK);
    stream.hasCredit = false;
    const block = Buffer.alloc(1_048_576);
    for (let i = 0; i < 64; i++) client.send(block);
    await comes(() => stream.chunks.length > 0, 'the first bytes');
    const got = stream.body.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(stream.body.length, got, 'bytes came although there was no credit');
    assert.ok(got <= 131_072, `${got} bytes at once`);
    stream.hasCredit = true;
    stream.handler.onCredit();
    await comes(() => stream.body.length === 64 * block.length, 'the rest');
  });

  it('gives the app no credit while its client does not read, and does not stall another one', async () => {
    await using h = await startTcp();
    const stalled = await h.client();
    stalled.socket.pause();
    const stream = await h.worker.request();
    stream.sendHead(...OK);
    let sent = 0;
    while (stream.consumedBytes === sent && sent < 64 * 1_048_576) {
      stream.sendData(Buffer.alloc(262_144));
      sent += 262_144;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(stream.consumedBytes < sent, 'credit came back for bytes that nobody took');
    const other = await h.client();
    (await h.worker.request(2)).sendHead(...OK).sendData('quick');
    await other.until('quick');
    stalled.socket.resume();
    await comes(() => stream.consumedBytes === sent, 'credit once the client reads');
  });
});

describe('a TCP connection without a worker', () => {
  it('waits, is read up to a bound, and goes to the worker that comes', async () => {
    await using h = await startTcp({ isCold: true });
    const client = await h.client();
    const block = Buffer.alloc(1_048_576, 'x');
    for (let i = 0; i < 32; i++) client.send(block);
    await comes(() => h.pool.place.parked.size === 1, 'the connection to be parked');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [connection] = h.listener.ports.connections();
    assert.ok(connection!.bytesIn < 262_144, `${connection!.bytesIn} bytes were read ahead`);
    h.pool.place.connected(h.worker);
    const stream = await h.worker.request();
    await comes(() => stream.body.length === 32 * block.length, 'every byte');
    stream.sendHead(...OK);
    assert.equal(h.pool.counters.activations, 1);
  });

  it('is reset after queueTimeout', async () => {
    await using h = await startTcp({ isCold: true, limits: { queueTimeoutMs: 150 } });
    const client = await h.client();
    assert.equal(await client.closed(), 'ECONNRESET');
    assert.deepEqual([h.pool.counters.refused, h.pool.place.parked.size], [1, 0]);
  });

  it('is reset at once when the pool is or becomes stopped', async () => {
    await using h = await startTcp({ isCold: true });
    const waiting = await h.client();
    await comes(() => h.pool.place.parked.size === 1, 'the connection to be parked');
    h.pool.place.setEnabled(false, 'by an operator');
    assert.equal(await waiting.closed(), 'ECONNRESET');
    const late = await h.client();
    assert.equal(await late.closed(), 'ECONNRESET');
    assert.equal(h.pool.counters.refused, 2);
  });

  it('is reset when the queue is full', async () => {
    await using h = await startTcp({ isCold: true, pool: { queueLength: 1 } });
    await h.client();
    const second = await h.client();
    assert.equal(await second.closed(), 'ECONNRESET');
  });

  it('that is reset before a byte is a check of the port and wakes no pool', async () => {
    await using h = await startTcp({ isCold: true });
    let needs = 0;
    h.adapter.reporter = { need: () => void needs++, recycled() {}, unhealthy() {}, tick() {} };
    const client = await h.client();
    client.socket.resetAndDestroy();
    await comes(() => h.listener.ports.accepted === 1 && h.listener.ports.connectionCount === 0, 'the check to be over');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual([needs, h.pool.place.parked.size, h.pool.counters.admitted], [0, 0, 0]);
    await h.client();
    await comes(() => needs === 1, 'a silent connection to need a worker');
  });

  it('that its client leaves is no longer parked', async () => {
    await using h = await startTcp({ isCold: true });
    const client = await h.client();
    await comes(() => h.pool.place.parked.size === 1, 'the connection to be parked');
    client.socket.resetAndDestroy();
    await comes(() => h.pool.place.parked.size === 0, 'the queue to forget it');
  });
});

describe('a TCP port', () => {
  it('resets what is beyond maxConnections, and takes the next when one has ended', async () => {
    await using h = await startTcp({ limits: { maxConnections: 1 } });
    const first = await h.client();
    const second = await h.client();
    assert.equal(await second.closed(), 'ECONNRESET');
    assert.equal(h.listener.refusals.get('TOO_MANY_CONNECTIONS'), 1);
    first.socket.resetAndDestroy();
    await comes(() => h.listener.ports.connectionCount === 0, 'the first to be gone');
    await h.client();
    await h.worker.request(2);
  });

  it('resets connections of an application whose requests are blocked', async () => {
    await using h = await startTcp({ application: { isBlocked: true } });
    const client = await h.client();
    assert.equal(await client.closed(), 'ECONNRESET');
    assert.equal(h.worker.streams.length, 0);
  });

  it('ends a connection over which nothing went for idleTimeout, and no other', async () => {
    await using h = await startTcp({ limits: { idleTimeoutMs: 400 } });
    const idle = await h.client();
    const busy = await h.client();
    const stream = await h.worker.request(2);
    stream.sendHead(...OK);
    const talk = setInterval(() => busy.send('.'), 50);
    await idle.ended();
    clearInterval(talk);
    assert.deepEqual([busy.isEnded, h.worker.streams[0]!.resetCause, stream.resetCause], [false, 'CLIENT_CLOSED', undefined]);
  });

  it('keeps a connection through a change of bindings that it still matches, and ends it politely when it does not', async () => {
    await using h = await startTcp({ application: { bindings: ['tcp://*:0', 'tcp://[::1]:0'] } });
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(...OK);
    await h.change({ bindings: ['tcp://*:0'] });
    client.send('still');
    await comes(() => stream.body === 'still', 'bytes behind the change');
    assert.equal(stream.isEnded, false);
    await h.change({ bindings: [] });
    await comes(() => stream.isEnded, 'the app to hear the end');
    stream.sendData('the rest').sendEnd();
    await client.ended();
    assert.equal(client.received, 'the rest');
    client.socket.end();
    assert.equal(await client.closed(), '');
    assert.equal(await (await h.client()).closed(), 'ECONNREFUSED');
  });

  it('that is drained does not wait for an app that does not end its half', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(200, [], 'close').sendData('last words');
    client.socket.end();
    await comes(() => stream.isEnded, 'the FIN of the client');
    await h.listener.drain();
    assert.deepEqual([await client.closed(), client.received, stream.resetCause], ['', 'last words', 'CLIENT_CLOSED']);
  });

  it('that is drained ends quiet connections politely, lets busy ones go on, and takes no new one', async () => {
    await using h = await startTcp();
    const quiet = await h.client();
    const quietStream = await h.worker.request();
    quietStream.sendHead(...OK);
    const busy = await h.client();
    const stream = await h.worker.request(2);
    stream.sendHead(...OK);
    const talk = setInterval(() => busy.send('.'), 50);
    const drained = h.listener.drain();
    await comes(() => quietStream.isEnded, 'the quiet one to be ended');
    quietStream.sendEnd();
    await quiet.ended();
    quiet.socket.end();
    assert.equal(await quiet.closed(), '');
    assert.equal(stream.isEnded, false);
    clearInterval(talk);
    busy.socket.end();
    await comes(() => stream.isEnded, 'the FIN of the busy one');
    stream.sendEnd();
    await drained;
    assert.equal(await busy.closed(), '');
  });
});
