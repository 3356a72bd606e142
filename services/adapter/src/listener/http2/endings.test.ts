import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { describe, it } from 'node:test';
import { FakeSession } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { type Harness, startAdapter } from '../../testing/harness.ts';
import { Http2TestClient, readAnswer } from '../../testing/http2-client.ts';
import { FRAME, RawHttp2Client } from '../../testing/raw-http2-client.ts';

const connect = ({ port }: Harness): Promise<Http2TestClient> => Http2TestClient.connect(`http://127.0.0.1:${port}`);

describe('a stream of HTTP/2 ends', () => {
  it('for the app when its client resets it, before and after the answer has begun', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const early = client.get('/early');
    early.on('error', () => {});
    const first = await harness.worker.request(1);
    early.close(constants.NGHTTP2_CANCEL);
    await until(() => first.resetCause === 'CLIENT_CLOSED', 5_000, 'the app to hear of it', 2);

    const late = client.get('/late');
    late.on('error', () => {});
    const second = await harness.worker.request(2);
    second.sendHead(200, [], 'chunked').sendData('part');
    await once(late, 'response');
    late.close(constants.NGHTTP2_CANCEL);
    await until(() => second.resetCause === 'CLIENT_CLOSED', 5_000, 'the app to hear of it', 2);
    assert.equal(harness.pool.counters.clientClosed, 2);
    await until(() => harness.adapter.active === 0, 5_000, 'nothing to be under way', 2);
  });

  it('for the app when its client is gone, also while its body waits for credit', async () => {
    await using harness = await startAdapter();
    const client = await connect(harness);
    harness.worker.onOpen = (stream) => {
      stream.hasCredit = false;
    };
    const stream = client.post('/');
    stream.on('error', () => {});
    stream.write(Buffer.alloc(100_000));
    const request = await harness.worker.request(1);
    await until(() => request.chunks.length > 0, 5_000, 'the first bytes', 2);
    client.session.destroy();
    await until(() => request.resetCause === 'CLIENT_CLOSED', 5_000, 'the app to hear of it', 2);
    await until(() => harness.adapter.listeners.connectionCount === 0, 5_000, 'the connection to be gone', 2);
  });

  it('with 502 when the worker dies before it answered, with RST_STREAM after', async () => {
    await using harness = await startAdapter({ application: { isReplaySafe: false } });
    await using client = await connect(harness);
    const unanswered = readAnswer(client.post('/').end('x') as never);
    const halfway = client.get('/half');
    const broken = readAnswer(halfway);
    (await harness.worker.request(2)).sendHead(200, [], 'chunked').sendData('half');
    await once(halfway, 'response');
    (await harness.worker.request(1)).sendReset('WORKER_DIED', 'killed');
    (await harness.worker.request(2)).sendReset('WORKER_DIED', 'killed');
    const { status, headers } = await unanswered;
    assert.deepEqual([status, headers['x-baton-error']], [502, 'WORKER_DIED']);
    await assert.rejects(broken, /INTERNAL_ERROR/);
    assert.equal(harness.pool.counters.failed, 2);
  });

  it('with another worker when the first never began it, or died with a request that may be run again', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const moved = client.post('/moved');
    const movedAnswer = readAnswer(moved);
    moved.write('kept');
    const first = await harness.worker.request(1);
    await until(() => first.body === 'kept', 5_000, 'the body', 2);
    first.sendReset('NOT_BEGUN');
    const second = await harness.worker.request(2);
    moved.end(' and more');
    await until(() => second.isEnded, 5_000, 'the whole body', 2);
    assert.equal(second.body, 'kept and more');
    second.answer('moved');
    assert.equal((await movedAnswer).body, 'moved');

    const replayed = readAnswer(client.get('/replayed'));
    (await harness.worker.request(3)).sendReset('WORKER_DIED');
    (await harness.worker.request(4)).answer('replayed');
    assert.equal((await replayed).body, 'replayed');
    assert.deepEqual([harness.pool.counters.moved, harness.pool.counters.replayed], [1, 1]);
  });

  it('with 504 at its deadline, with 408 when its body stops, with 503 when no worker comes', async () => {
    await using slow = await startAdapter({ limits: { requestTimeoutMs: 200 } });
    await using one = await connect(slow);
    const late = await readAnswer(one.get('/'));
    assert.deepEqual([late.status, late.headers['x-baton-error']], [504, 'REQUEST_TIMEOUT']);
    assert.equal((await slow.worker.request(1)).resetCause, 'DEADLINE');

    await using idle = await startAdapter({ limits: { idleTimeoutMs: 200 } });
    await using two = await connect(idle);
    const stream = two.post('/');
    stream.write('x');
    const stopped = await readAnswer(stream);
    assert.deepEqual([stopped.status, stopped.headers['x-baton-error']], [408, 'BODY_TIMEOUT']);

    await using cold = await startAdapter({ isCold: true, limits: { queueTimeoutMs: 200 } });
    await using three = await connect(cold);
    const waited = await readAnswer(three.get('/'));
    assert.deepEqual([waited.status, waited.headers['x-baton-error']], [503, 'QUEUE_TIMEOUT']);
  });

  it('not for a body that is silent while the app answers', async () => {
    await using harness = await startAdapter({ limits: { idleTimeoutMs: 150 } });
    await using client = await connect(harness);
    const stream = client.post('/talk');
    const answer = readAnswer(stream);
    stream.write('a');
    const request = await harness.worker.request(1);
    request.sendHead(200, ['Content-Type: application/grpc'], 'chunked').sendData('b');
    await once(stream, 'response');
    await new Promise((resolve) => setTimeout(resolve, 600));
    stream.end('c');
    await until(() => request.isEnded, 5_000, 'the end of the body', 2);
    request.sendEnd(['grpc-status', '0']);
    assert.equal((await answer).trailers?.['grpc-status'], '0');
  });

  it('with the trailers that HTTP/2 allows, and with RST_STREAM when Node refuses what is left of them', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    let served = 0;
    const end = async (trailers: readonly string[]): ReturnType<typeof readAnswer> => {
      const answer = readAnswer(client.get('/'));
      (await harness.worker.request(++served)).sendHead(200, [], 'chunked').sendData('x').sendEnd(trailers);
      return answer;
    };
    const names = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'Transfer-Encoding', 'Upgrade', 'HTTP2-Settings', 'TE', 'Host'];
    for (const name of [...names, 'Content-Length']) {
      const { body, trailers } = await end([name, 'x', 'grpc-status', '0', name, 'y']);
      assert.deepEqual([name, body, Object.entries(trailers ?? {})], [name, 'x', [['grpc-status', '0']]]);
    }
    for (const name of ['Content-Type', 'User-Agent', 'Date', 'X-Sum']) {
      const { trailers } = await end([name, 'x', name, 'y']);
      assert.match(String(trailers?.[name.toLowerCase()]), /^x(, y)?$/, name);
    }
    await assert.rejects(end(['a:b', 'x']), /INTERNAL_ERROR/);
    for (const name of ['x a', ':path', '']) assert.equal((await end([name, 'x'])).body, 'x', name);
  });

  it('with RST_STREAM and no error when the answer is whole before the body', async () => {
    await using harness = await startAdapter({ limits: { maxBodyBytes: 100 } });
    await using client = await RawHttp2Client.connect(harness.port);
    client.send(client.request(1, { method: 'POST', isOpen: true }));
    client.send(Buffer.from([0, 0, 101, 0, 0, 0, 0, 0, 1]), Buffer.alloc(101));
    const reset = await client.until(({ type, stream }) => type === FRAME.reset && stream === 1);
    assert.equal(reset.payload.readUInt32BE(0), 0);
    assert.ok(client.frames.some(({ type, stream }) => type === FRAME.headers && stream === 1));
  });
});

describe('a connection of HTTP/2 ends', () => {
  it('when the adapter drains: it says so, takes what is under way, answers all, and refuses the rest', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const before = readAnswer(client.get('/before'));
    const first = await harness.worker.request(1);
    const drained = harness.adapter.drain();
    await until(() => client.goaways.length > 0, 5_000, 'the first GOAWAY', 2);
    assert.equal(client.goaways[0], constants.NGHTTP2_NO_ERROR);
    first.answer('before');
    assert.equal((await before).body, 'before');
    await drained;
    assert.equal(harness.adapter.listeners.connectionCount, 0);
  });

  it('naming the last request it takes, so that the others can be asked elsewhere', async () => {
    await using harness = await startAdapter();
    await using client = await RawHttp2Client.connect(harness.port);
    client.send(client.request(1));
    const first = await harness.worker.request(1);
    const drained = harness.adapter.drain();
    const { payload } = await client.until(({ type }) => type === FRAME.goaway);
    assert.deepEqual([payload.readUInt32BE(0), payload.readUInt32BE(4)], [1, 0]);
    client.send(client.request(3));
    first.answer('first');
    assert.equal(await client.ended(), 0);
    await drained;
    assert.equal(harness.worker.streams.length, 1);
  });

  it('after idleTimeout without a request, and when the first one does not come in time', async () => {
    await using harness = await startAdapter({ limits: { idleTimeoutMs: 1_500, headersTimeoutMs: 1_000 } });
    await using silent = await RawHttp2Client.connect(harness.port);
    assert.equal(await silent.ended(), 0);
    await using client = await RawHttp2Client.connect(harness.port);
    client.send(client.request(1));
    const request = await harness.worker.request(1);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    assert.equal(client.raw.hasEnded, false, 'a request is under way');
    request.answer('ok');
    assert.equal(await client.ended(), 0);
  });

  it('not when a worker is handed over: its streams go on, the next ones go to the other', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const old = readAnswer(client.get('/old'));
    const first = await harness.worker.request(1);
    const next = new FakeSession({ generation: 2, role: 'replacement:1' });
    harness.pool.place.connected(next);
    const answer = harness.adapter.handover('shop', { slot: 'shop/1', from: 'w1', to: 'w2', recycleId: 'r1', onlyIfIdle: false });
    assert.notEqual(answer.kind, 'notReady');
    const fresh = readAnswer(client.get('/new'));
    (await next.request(1)).answer('new');
    first.answer('old');
    assert.deepEqual([(await old).body, (await fresh).body], ['old', 'new']);
    assert.deepEqual(client.goaways, []);
  });

  it('not when its pool closes what lives long: a stream of gRPC gets UNAVAILABLE after the grace, a call without an answer goes on', async () => {
    await using harness = await startAdapter({ pool: { drain: { policy: 'close', graceMs: 50 } } });
    await using client = await connect(harness);
    const grpc = { 'content-type': 'application/grpc', te: 'trailers' };
    const feed = readAnswer(client.post('/feed', grpc).end('x') as never);
    const call = readAnswer(client.post('/call', grpc).end('x') as never);
    const first = await harness.worker.request(1);
    first.sendHead(200, ['content-type: application/grpc'], 'chunked').sendData('one');
    const second = await harness.worker.request(2);
    const next = new FakeSession({ generation: 2, role: 'replacement:1' });
    harness.pool.place.connected(next);
    harness.adapter.handover('shop', { slot: 'shop/1', from: 'w1', to: 'w2', recycleId: 'r1', onlyIfIdle: false });
    const { status, body, trailers } = await feed;
    assert.deepEqual([status, body, trailers?.['grpc-status']], [200, 'one', '14']);
    assert.equal(first.resetCause, 'CLIENT_CLOSED');
    assert.equal(second.resetCause, undefined);
    second.sendHead(200, ['content-type: application/grpc'], 'chunked').sendEnd(['grpc-status', '0']);
    assert.equal((await call).trailers?.['grpc-status'], '0');
    assert.deepEqual([client.goaways.length, harness.pool.counters.answered], [0, 2]);
  });

  it('at once when the port allows no more of them', async () => {
    await using harness = await startAdapter({ limits: { maxConnections: 1 } });
    await using client = await connect(harness);
    const answer = readAnswer(client.get('/'));
    (await harness.worker.request(1)).answer('ok');
    await answer;
    await assert.rejects(async () => {
      await using second = await connect(harness);
      await readAnswer(second.get('/'));
    });
    assert.equal(harness.adapter.listeners.connectionCount, 1);
  });
});
