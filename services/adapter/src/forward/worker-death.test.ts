import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSession } from '@baton/adapter-kit/testing';
import { until, within } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

describe('when a worker dies', () => {
  it('a safe request without a body and without an answer is replayed once on another instance', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    await h.worker.request();
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'exit code 1', false);
    assert.equal(h.pool.place.parked.size, 1);
    const next = new FakeSession({ generation: 2 });
    h.pool.place.connected(next);
    await next.request();
    h.adapter.instanceGone('shop', 'shop/1', 'w2', 'exit code 1', false);
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 502 [\s\S]*x-baton-error: WORKER_DIED\r\nRetry-After: 1\r\n[\s\S]*exit code 1/);
    assert.equal(h.pool.counters.replayed, 1);
    assert.equal(h.pool.counters.failed, 1);
  });

  it('a POST is answered with 502 and the cause, never replayed', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await h.worker.request();
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'killed by SIGKILL', false);
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 502 [\s\S]*killed by SIGKILL/);
  });

  it('a GET of an application that is not replay-safe is answered with 502', async () => {
    await using h = await startAdapter({ application: { isReplaySafe: false } });
    const client = await h.client();
    client.get();
    await h.worker.request();
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'exit code 1', false);
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 502 /);
  });

  it('a GET whose answer had begun breaks', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request()).sendHead(200, [], 'chunked').sendData('abc');
    await client.until(/abc\r\n$/);
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'exit code 1', false);
    assert.match(await client.ended(), /abc\r\n$/);
  });

  for (const [method, lines, framing, body] of [
    ['GET', ['Content-Length: 4'], 'length', 'done'],
    ['HEAD', ['Content-Length: 4'], 'length', ''],
    ['POST', ['Content-Length: 4'], 'length', 'done'],
    ['GET', ['Content-Length: 0'], 'none', ''],
  ] as const) {
    it(`an answer to ${method} whose last byte is out is complete, and the next request on its connection is served`, async () => {
      await using h = await startAdapter();
      const client = await h.client();
      const head = (path: string) => `${method} ${path} HTTP/1.1\r\nHost: a\r\n${method === 'POST' ? 'Content-Length: 0\r\n' : ''}\r\n`;
      client.send(head('/first'));
      const first = await h.worker.request(1);
      first.sendHead(200, lines, framing);
      // The batch of frames that would have held its end was never sent.
      if (body !== '') first.sendData(body);
      await client.until(new RegExp(`\\r\\n\\r\\n${body}$`));
      client.send(head('/second'));
      h.adapter.instanceGone('shop', 'shop/1', 'w1', 'killed by SIGKILL', false);
      const next = new FakeSession({ generation: 2 });
      h.pool.place.connected(next);
      const second = await within(next.request(), 5_000, 'the second request to be begun');
      assert.equal(second.head.url, '/second');
      second.sendHead(200, lines, framing);
      if (body !== '') second.sendData(body);
      second.sendEnd();
      await client.until(new RegExp(`^(?:HTTP/1\\.1 200 [\\s\\S]*?\\r\\n\\r\\n${body}){2}$`));
      const { answered, failed, replayed } = h.pool.counters;
      assert.deepEqual([answered, failed, replayed, h.pool.place.inFlight], [2, 0, 0, 0]);
    });
  }

  it('an answer that lacks a byte breaks with the next request on its connection', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request()).sendHead(200, ['Content-Length: 4'], 'length').sendData('don');
    await client.until(/don$/);
    client.get('/next');
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'killed by SIGKILL', false);
    assert.match(await client.ended(), /don$/);
    assert.equal(h.pool.counters.failed, 1);
  });

  it('what waits is not touched', async () => {
    await using h = await startAdapter({ isCold: true });
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc');
    await until(() => h.pool.place.parked.size === 1);
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'exit code 1', false);
    h.pool.place.connected(h.worker);
    const stream = await h.worker.request();
    await until(() => stream.body === 'abc');
    stream.answer();
    await client.until(/ok$/);
  });
});
