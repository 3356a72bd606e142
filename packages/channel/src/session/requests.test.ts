import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defer, until } from '@baton/core';
import { createSessionPair, type SessionPair } from '../create-session-pair.ts';
import { collectAnswer, requestHead } from '../testing/requests.ts';
import type { RequestHandler, ResetCause, ResponseHandler, ResponseStream } from '../types.ts';

const deaf: ResponseHandler = { onInterim() {}, onHead() {}, onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
const silent: RequestHandler = { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
const answer = { status: 200, reason: 'OK', headers: 'A: b\r\n', framing: 'length', close: true } as const;

/** A pair whose worker hands each request, with what it hears of it, to the test. */
async function pairWith(take: (stream: ResponseStream) => RequestHandler): Promise<SessionPair> {
  return createSessionPair({ worker: { onRequest: take } });
}

test('interim heads come before the head, and everything arrives as it was sent', async () => {
  const pair = await pairWith((stream) => {
    assert.equal(stream.bodyless, true);
    stream.interim({ status: 103, reason: 'Early Hints', headers: 'Link: </a>\r\n', framing: 'none', close: false });
    stream.sendHead(answer);
    stream.write(Buffer.from('body'));
    stream.end(['T', 'v']);
    return silent;
  });
  const { handler, done, interims } = collectAnswer();
  const request = pair.adapter.open(requestHead(), true, handler);
  assert.equal(request.begun, false);
  const { head, body, trailers, timings } = await done;
  assert.equal(request.begun, true);
  assert.deepEqual(
    interims.map(({ status, reason }) => [status, reason]),
    [[103, 'Early Hints']],
  );
  assert.deepEqual({ ...head }, { ...answer });
  assert.equal(body.toString(), 'body');
  assert.deepEqual(trailers, ['T', 'v']);
  assert.ok(timings && timings.queuedMs >= 0 && timings.firstByteMs <= timings.totalMs);
  pair.close();
});

test('a client that leaves reaches the app, and nothing more is delivered', async () => {
  const heard = defer<ResetCause>();
  const opened = defer<ResponseStream>();
  const pair = await pairWith((stream) => {
    opened.resolve(stream);
    return { ...silent, onReset: heard.resolve };
  });
  const resets: string[] = [];
  const request = pair.adapter.open(requestHead(), false, {
    ...deaf,
    onReset: (cause) => void resets.push(cause),
    onData: () => assert.fail(),
  });
  const stream = await opened.promise;
  request.reset('CLIENT_CLOSED', 'gone');
  assert.equal(pair.adapter.inFlight, 0);
  stream.sendHead(answer);
  stream.write(Buffer.from('too late'));
  assert.equal(await heard.promise, 'CLIENT_CLOSED');
  assert.equal(pair.worker.inFlight, 0);
  request.write(Buffer.from('x'));
  request.end();
  request.reset('CLIENT_CLOSED');
  assert.deepEqual(resets, [], 'the end that resets is not told');
  assert.equal(pair.adapter.state, 'open');
  pair.close();
});

test('an app that gives a request up resets it with its cause and text', async () => {
  const pair = await pairWith((stream) => {
    stream.reset('APP_ABORTED', 'socket destroyed');
    return silent;
  });
  const { handler, done } = collectAnswer();
  pair.adapter.open(requestHead(), true, handler);
  await assert.rejects(done, /APP_ABORTED: socket destroyed/);
  await until(() => pair.worker.inFlight === 0);
  pair.close();
});

test('an answer may end before the request does: the body still arrives', async () => {
  const got: string[] = [];
  const ended = defer();
  const pair = await pairWith((stream) => {
    stream.sendHead(answer);
    stream.end();
    return { ...silent, onData: (chunk) => void got.push(chunk.toString()), onEnd: () => ended.resolve() };
  });
  const { handler, done } = collectAnswer();
  const request = pair.adapter.open(requestHead(), false, handler);
  await done;
  assert.equal(pair.adapter.inFlight, 1, 'the request is open until its own end');
  request.write(Buffer.from('late'));
  request.end();
  await ended.promise;
  assert.deepEqual(got, ['late']);
  assert.equal(pair.adapter.inFlight, 0);
  assert.equal(pair.worker.inFlight, 0);
  pair.close();
});

test('an answer may begin and go on while the request is still coming', async () => {
  const pair = await pairWith((stream) => {
    stream.sendHead(answer);
    return { ...silent, onData: (chunk) => void stream.write(Buffer.from(chunk.toString().toUpperCase())), onEnd: () => stream.end() };
  });
  const parts: string[] = [];
  const done = defer();
  const request = pair.adapter.open(requestHead(), false, {
    ...deaf,
    onData: (chunk) => {
      parts.push(chunk.toString());
      if (parts.length === 3) request.end();
      else request.write(Buffer.from('again'));
    },
    onEnd: () => done.resolve(),
  });
  request.write(Buffer.from('first'));
  await done.promise;
  assert.deepEqual(parts, ['FIRST', 'AGAIN', 'AGAIN']);
  pair.close();
});

test('a request whose head cannot travel is reset with PROTOCOL and the session goes on', async () => {
  const pair = await pairWith((stream) => {
    stream.sendHead(stream.head.url === '/bad-answer' ? { ...answer, headers: 'A: \0\r\n' } : answer);
    stream.end();
    return silent;
  });
  for (const url of ['/a\0b', '/bad-answer']) {
    const { handler, done } = collectAnswer();
    pair.adapter.open(requestHead({ url }), true, handler);
    await assert.rejects(done, /PROTOCOL/, url);
  }
  const { handler, done } = collectAnswer();
  pair.adapter.open(requestHead(), true, handler);
  assert.equal((await done).head.status, 200);
  pair.close();
});

test('a known death ends every request at once with WORKER_DIED', async () => {
  const closed = defer<string>();
  const workerClosed = defer<Error>();
  const pair = await createSessionPair({
    adapter: { onClosed: (_session, cause, text) => closed.resolve(`${cause}: ${text}`) },
    worker: { onRequest: () => silent, onClosed: (_session, error) => workerClosed.resolve(error) },
  });
  const first = collectAnswer();
  const second = collectAnswer();
  pair.adapter.open(requestHead(), true, first.handler);
  pair.adapter.open(requestHead(), false, second.handler);
  pair.adapter.close('WORKER_DIED', 'exit code 1');
  await assert.rejects(first.done, /WORKER_DIED: exit code 1/);
  await assert.rejects(second.done, /WORKER_DIED/);
  assert.equal(await closed.promise, 'WORKER_DIED: exit code 1');
  assert.equal(pair.adapter.state, 'closed');
  const late = collectAnswer();
  pair.adapter.open(requestHead(), true, late.handler);
  await assert.rejects(late.done, /WORKER_DIED/);
  await workerClosed.promise;
  assert.deepEqual([...pair.server.sessions()], []);
});

test('a worker that closes its end is closed on the adapter at once, not after the resume limit', async () => {
  const closed = defer<string>();
  const pair = await createSessionPair({
    adapter: { onClosed: (_session, cause, text) => closed.resolve(`${cause}: ${text}`) },
    worker: { onRequest: () => silent },
  });
  pair.worker.close('the worker exits');
  assert.equal(await closed.promise, 'SESSION_CLOSED: the worker exits');
});

test('a ping is answered with its round trip, and aborted with its signal', async () => {
  const pair = await pairWith(() => silent);
  assert.ok((await pair.adapter.ping()) >= 0);
  await assert.rejects(pair.adapter.ping(AbortSignal.abort(new Error('enough'))), /enough/);
  pair.network.isUp = false;
  pair.network.cut();
  const waiting = pair.adapter.ping(AbortSignal.timeout(10));
  await assert.rejects(waiting, { name: 'TimeoutError' });
  const unanswered = pair.adapter.ping();
  pair.adapter.close('SESSION_CLOSED', 'closed');
  await assert.rejects(unanswered, { code: 'CHANNEL_CLOSED' });
  await assert.rejects(pair.adapter.ping(), { code: 'CHANNEL_CLOSED' });
  pair.close();
});

test('an error thrown by one request reaches the process and leaves the others alone', async () => {
  const seen: string[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => void seen.push(error.message));
  try {
    const pair = await pairWith((stream) => {
      if (stream.head.url === '/throws') throw new Error('bug in the app');
      stream.sendHead(answer);
      stream.end();
      return silent;
    });
    const first = collectAnswer();
    const second = collectAnswer();
    pair.adapter.open(requestHead({ url: '/throws' }), true, first.handler);
    pair.adapter.open(requestHead({ url: '/works' }), true, second.handler);
    await assert.rejects(first.done, /APP_ABORTED/);
    assert.equal((await second.done).head.status, 200);
    assert.deepEqual(seen, ['bug in the app']);
    pair.close();
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
});

test('answers whose frames make no sense together are broken off, and the session goes on', async () => {
  const wrong: Record<string, (stream: ResponseStream) => void> = {
    'a body without a head': (stream) => void stream.write(Buffer.from('x')),
    'an end without a head': (stream) => stream.end(),
    'two heads': (stream) => {
      stream.sendHead(answer);
      stream.sendHead(answer);
    },
    'an interim head behind the head': (stream) => {
      stream.sendHead(answer);
      stream.interim({ ...answer, status: 103 });
    },
  };
  const heard: string[] = [];
  const pair = await pairWith((stream) => {
    wrong[stream.head.url]?.(stream);
    return { ...silent, onReset: (cause) => void heard.push(cause) };
  });
  for (const url of Object.keys(wrong)) {
    const { handler, done } = collectAnswer();
    pair.adapter.open(requestHead({ url }), true, handler);
    await assert.rejects(done, /PROTOCOL/, url);
  }
  await until(() => pair.worker.inFlight === 0);
  assert.deepEqual(new Set(heard), new Set(['PROTOCOL']));
  assert.equal(pair.adapter.state, 'open');
  pair.close();
});
