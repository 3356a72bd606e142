import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EndingFacts, endingOf, MOST_MOVES } from '@baton/adapter-kit';
import { FakeSession, StagedWorker } from '@baton/adapter-kit/testing';
import { until, within } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

const facts = (more: Partial<EndingFacts> = {}): EndingFacts => ({
  isStarted: false,
  hasInterim: false,
  isResponseEnded: false,
  isMovable: true,
  isReplayable: true,
  ...more,
});

describe('what becomes of a request whose stream was reset', () => {
  const table: readonly (readonly [Parameters<typeof endingOf>[0], Partial<EndingFacts>, string])[] = [
    ['NOT_BEGUN', {}, 'move'],
    ['NOT_BEGUN', { isReplayable: false }, 'move'],
    ['NOT_BEGUN', { isMovable: false }, 'answer WORKER_RESET'],
    ['WORKER_DIED', {}, 'replay'],
    ['WORKER_DIED', { isReplayable: false }, 'answer WORKER_DIED'],
    ['WORKER_DIED', { isStarted: true }, 'break WORKER_DIED'],
    ['WORKER_DIED', { hasInterim: true }, 'answer WORKER_DIED'],
    ['LINK_LOST', {}, 'answer LINK_LOST'],
    ['LINK_LOST', { isStarted: true }, 'break LINK_LOST'],
    ['APP_ABORTED', {}, 'break WORKER_RESET'],
    ['PROTOCOL', {}, 'answer BAD_RESPONSE'],
    ['DEADLINE', {}, 'answer REQUEST_TIMEOUT'],
    ['SESSION_CLOSED', {}, 'answer WORKER_RESET'],
    ['WORKER_DIED', { isResponseEnded: true, isStarted: true }, 'done'],
  ];
  for (const [cause, more, expected] of table) {
    it(`${cause} with ${JSON.stringify(more)}: ${expected}`, () => {
      const ending = endingOf(cause, facts(more));
      assert.equal('code' in ending ? `${ending.kind} ${ending.code}` : ending.kind, expected);
    });
  }
});

describe('when a worker hands a request back that it never began', () => {
  it('again and again, the client gets 503 NOT_TAKEN after so many moves', async () => {
    assert.deepEqual(endingOf('NOT_BEGUN', facts(), MOST_MOVES - 1), { kind: 'move' });
    assert.deepEqual(endingOf('NOT_BEGUN', facts({ isMovable: false }), MOST_MOVES), { kind: 'answer', code: 'WORKER_RESET' });
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    for (let asked = 1; asked <= MOST_MOVES + 1; asked++)
      (await h.worker.request(asked)).sendReset('NOT_BEGUN', 'the app refused the stream');
    const answer = await client.until(/\n$/);
    assert.match(answer, /^HTTP\/1\.1 503 [\s\S]*x-baton-error: NOT_TAKEN\r\nRetry-After: 1\r\n[\s\S]*the app refused the stream/);
    const { moved, refused } = h.pool.counters;
    assert.deepEqual([moved, refused], [MOST_MOVES, 1]);
    client.get('/next');
    (await h.worker.request(MOST_MOVES + 2)).answer('served');
    assert.match(await client.until(/served$/), /\nHTTP\/1\.1 200 OK\r\n/, 'the next request finds the same worker');
  });
});

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

describe('a link that does not resume', () => {
  it('ends what its worker had with a cause of its own when the resume limit passes; the worker may connect anew and serves on', async () => {
    await using h = await startAdapter({ isCold: true, adapter: { channelLimits: { resumeLimitMs: 200 } } });
    const lost = await StagedWorker.connect(h.adapter, 1);
    const client = (await h.client()).get('/1');
    await lost.hasRead('begin /1');
    lost.way.close();
    await until(() => h.pool.place.slots.get('shop/1')?.instances.get('w1')?.session.state === 'suspended');
    const later = (await h.client()).get('/2');
    assert.equal(client.received, '', 'a broken link alone is not a death');
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 502 [\s\S]*x-baton-error: LINK_LOST\r\n/);
    assert.equal(h.pool.place.slots.get('shop/1')?.eligible?.workerId, 'w1');
    await using again = await StagedWorker.connect(h.adapter, 1);
    await again.hasRead('begin /2');
    again.answer('/2');
    await later.until(/^HTTP\/1\.1 200 /);
    await lost[Symbol.asyncDispose]();
  });

  it('is refused afterwards to a worker that is known to be dead, whether or not it was ever connected here', async () => {
    await using h = await startAdapter({ isCold: true });
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'killed by SIGKILL', false);
    await assert.rejects(StagedWorker.connect(h.adapter, 1), { code: 'CHANNEL_IDENTITY' });
    assert.equal(h.pool.place.slots.size, 0);
  });
});

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

describe('an adapter that drains', () => {
  it('answers what is in flight with Connection: close, ends idle connections and takes no new ones', async () => {
    await using h = await startAdapter();
    const idle = await h.client();
    idle.get();
    (await h.worker.request(1)).answer();
    await idle.until(/ok$/);
    const busy = await h.client();
    busy.get();
    const stream = await h.worker.request(2);
    let isDrained = false;
    const drained = h.adapter.drain().then(() => {
      isDrained = true;
    });
    await idle.ended();
    await assert.rejects(h.client(), { code: 'ECONNREFUSED' });
    assert.equal(isDrained, false);
    stream.answer('last');
    assert.match(await busy.ended(), /Connection: close\r\n[\s\S]*last$/);
    idle.socket.end();
    busy.socket.end();
    await drained;
  });

  it('still answers a request that crosses with the end of an idle connection', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request(1)).answer();
    await client.until(/ok$/);
    const drained = h.adapter.drain();
    client.take();
    client.get('/late');
    (await h.worker.request(2)).answer('late');
    assert.match(await client.ended(), /Connection: close\r\n[\s\S]*late$/);
    client.socket.end();
    await drained;
  });

  it('answers every pipelined request that was read, and closes with the last', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get('/1').get('/2');
    const [first, second] = [await h.worker.request(1), await h.worker.request(2)];
    const drained = h.adapter.drain();
    first.answer('one');
    second.answer('two');
    assert.match(await client.ended(), /keep-alive[\s\S]*one[\s\S]*Connection: close[\s\S]*two$/);
    client.socket.end();
    await drained;
  });

  it('answers a request that arrives on a kept connection in the middle of a drain, and then closes', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHo');
    (await h.worker.request(1)).answer('before');
    await client.until(/before$/);
    const drained = h.adapter.drain();
    client.send('st: a\r\n\r\n');
    (await h.worker.request(2)).answer('answered');
    assert.match(await client.ended(), /Connection: close\r\n[\s\S]*answered$/);
    client.socket.end();
    await drained;
  });
});
