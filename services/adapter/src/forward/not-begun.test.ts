import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSession } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

describe('a request that its worker refused with NOT_BEGUN', () => {
  it('is moved with its body, also when it is not safe', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    const refused = await h.worker.request();
    await until(() => refused.body === 'abc');
    const next = new FakeSession({ generation: 2 });
    h.pool.place.connected(next);
    refused.sendReset('NOT_BEGUN');
    const stream = await next.request();
    client.send('def');
    await until(() => stream.isEnded);
    assert.equal(stream.body, 'abcdef');
    stream.answer();
    assert.match(await client.until(/ok$/), /^HTTP\/1\.1 200/);
    assert.equal(h.pool.counters.moved, 1);
  });

  for (const [bytes, what] of [
    [65_536, 'moved'],
    [65_537, 'answered with 502'],
  ] as const) {
    it(`is ${what} with a body of ${bytes} bytes`, async () => {
      await using h = await startAdapter();
      const client = await h.client();
      client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`);
      const refused = await h.worker.request();
      await until(() => refused.body.length === bytes);
      const next = new FakeSession({ generation: 2 });
      h.pool.place.connected(next);
      refused.sendReset('NOT_BEGUN');
      if (what === 'moved') {
        const stream = await next.request();
        assert.deepEqual([stream.body.length, stream.isEnded], [bytes, true]);
        stream.answer();
        await client.until(/^HTTP\/1\.1 200 [\s\S]*ok$/);
      } else await client.until(/^HTTP\/1\.1 502 [\s\S]*WORKER_RESET/);
    });
  }

  it('keeps nothing of its body once the worker has sent a frame for it', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    const stream = await h.worker.request();
    await until(() => stream.body === 'abc');
    stream.begun = true;
    stream.handler.onCredit();
    stream.sendReset('NOT_BEGUN');
    await client.until(/^HTTP\/1\.1 502 [\s\S]*WORKER_RESET/);
    assert.equal(h.pool.counters.moved, 0);
  });

  it('is answered with 502 when more of its body was sent than is kept', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(150_000)}`);
    const refused = await h.worker.request();
    await until(() => refused.body.length === 150_000);
    refused.sendReset('NOT_BEGUN');
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 502 [\s\S]*x-baton-error: WORKER_RESET/);
  });
});
