import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comes, OK, startTcp } from '../testing/tcp-harness.ts';

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
