import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSession } from '@baton/adapter-kit/testing';
import { comes, OK, startTcp } from '../testing/tcp-harness.ts';

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
