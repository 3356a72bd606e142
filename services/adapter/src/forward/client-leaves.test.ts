import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

describe('a client that leaves', () => {
  it('is reported to the worker as CLIENT_CLOSED', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    client.socket.destroy();
    await until(() => stream.resetCause === 'CLIENT_CLOSED');
    assert.equal(h.pool.counters.clientClosed, 1);
  });

  it('takes its waiting request out of the queue', async () => {
    await using h = await startAdapter({ isCold: true });
    const client = await h.client();
    client.get();
    await until(() => h.pool.place.parked.size === 1);
    client.socket.resetAndDestroy();
    await until(() => h.pool.place.parked.size === 0);
    h.pool.place.connected(h.worker);
    assert.equal(h.worker.streams.length, 0);
  });

  it('still gets an answer that is ready when it only ended its half', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    client.socket.end();
    (await h.worker.request()).answer('bye');
    assert.match(await client.ended(), /bye$/);
  });

  it('is gone for the app shortly after it ended its half', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    client.socket.end();
    const stream = await h.worker.request();
    await until(() => stream.resetCause === 'CLIENT_CLOSED');
    await client.ended();
  });

  it('while another of its pipelined requests waits ends both', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get('/1').get('/2');
    const [first, second] = [await h.worker.request(1), await h.worker.request(2)];
    client.socket.resetAndDestroy();
    await until(() => first.resetCause === 'CLIENT_CLOSED' && second.resetCause === 'CLIENT_CLOSED');
  });
});

describe('an app that destroys its socket', () => {
  it('breaks the client connection without an answer, as without Baton', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request()).sendReset('APP_ABORTED');
    assert.equal(await client.ended(), '');
  });
});
