import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { defer, until } from '@baton/core';
import { createSessionPair } from '../create-session-pair.ts';
import { collectAnswer, requestHead } from '../testing/requests.ts';
import type { RequestHandler, ResponseStream } from '../types.ts';

const silent: RequestHandler = { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
const answer = { status: 200, reason: 'OK', headers: '', framing: 'none', close: false } as const;

function serve(stream: ResponseStream): RequestHandler {
  stream.sendHead(answer);
  stream.end();
  return silent;
}

test('a drain frame comes behind the last open, and no open goes out behind it', async () => {
  const read: string[] = [];
  const pair = await createSessionPair({
    worker: {
      onRequest: (stream) => {
        read.push(stream.head.url);
        return serve(stream);
      },
      onDrain: () => void read.push('drain'),
    },
  });
  const first = collectAnswer();
  pair.adapter.open(requestHead({ url: '/1' }), true, first.handler);
  pair.adapter.drain();
  pair.adapter.drain();
  const late = collectAnswer();
  pair.adapter.open(requestHead({ url: '/2' }), true, late.handler);
  await assert.rejects(late.done, /NOT_BEGUN/);
  await first.done;
  await until(() => pair.worker.drained);
  assert.deepEqual(read, ['/1', 'drain']);
  pair.close();
});

test('a resumed worker serves again once it has acknowledged', async () => {
  const resumed = defer();
  const pair = await createSessionPair({ worker: { onRequest: serve, onResume: () => resumed.resolve() } });
  pair.adapter.drain();
  await until(() => pair.worker.drained);
  const granted = pair.adapter.resume();
  const early = collectAnswer();
  pair.adapter.open(requestHead(), true, early.handler);
  await assert.rejects(early.done, /NOT_BEGUN/);
  await granted;
  await resumed.promise;
  assert.equal(pair.worker.drained, false);
  const { handler, done } = collectAnswer();
  pair.adapter.open(requestHead(), true, handler);
  assert.equal((await done).head.status, 200);
  pair.close();
});

test('a resume taken back by a drain is rejected, and its late acknowledgement grants nothing', async () => {
  const pair = await createSessionPair({ worker: { onRequest: serve } });
  pair.adapter.drain();
  const first = pair.adapter.resume();
  pair.adapter.drain();
  await assert.rejects(first, { code: 'CHANNEL_CLOSED' });
  await pair.adapter.ping();
  assert.equal(pair.worker.drained, true);
  await pair.adapter.resume();
  assert.equal(pair.worker.drained, false);
  pair.close();
});

test('a worker told to stop takes what was opened before the drain frame, names its successor once and acknowledges no resume', async () => {
  const leaving: string[] = [];
  const held: ResponseStream[] = [];
  const pair = await createSessionPair({
    adapter: { onLeaving: (_session, successor) => void leaving.push(successor) },
    worker: {
      onRequest: (stream) => {
        held.push(stream);
        return silent;
      },
    },
  });
  const begun = collectAnswer();
  pair.adapter.open(requestHead({ url: '/begun' }), true, begun.handler);
  await until(() => held.length === 1);
  pair.worker.leave('w2');
  pair.worker.leave('w3');
  const crossing = collectAnswer();
  const request = pair.adapter.open(requestHead({ url: '/crossing' }), false, crossing.handler);
  request.write(Buffer.from('a body behind it'));
  pair.adapter.drain();
  request.end();
  await until(() => held.length === 2, 5_000, 'the request that crossed the leaving frame');
  assert.deepEqual(leaving, ['w2']);
  assert.equal(pair.adapter.leaving, true);
  await until(() => pair.worker.drained);
  await assert.rejects(pair.adapter.resume());
  await pair.adapter.ping();
  assert.equal(pair.worker.drained, true);
  for (const stream of held) {
    stream.sendHead(answer);
    stream.end();
  }
  assert.equal((await begun.done).head.status, 200, 'what was begun ends');
  assert.equal((await crossing.done).head.status, 200, 'so does what crossed the leaving frame');
  await until(() => pair.worker.inFlight === 0 && pair.worker.settled);
  pair.close();
});

test('a worker that leaves while a resume is on its way denies it and stays drained', async () => {
  const pair = await createSessionPair({ worker: { onRequest: serve } });
  pair.adapter.drain();
  await until(() => pair.worker.drained);
  const resumed = pair.adapter.resume();
  pair.worker.leave('');
  await assert.rejects(resumed, { code: 'CHANNEL_CLOSED' });
  await pair.adapter.ping();
  assert.equal(pair.worker.drained, true);
  pair.close();
});

test('drain, resume and leaving survive a lost link', async () => {
  const leaving = defer<string>();
  const pair = await createSessionPair({
    adapter: { onLeaving: (_session, successor) => leaving.resolve(successor) },
    worker: { onRequest: serve },
  });
  pair.network.cut();
  pair.adapter.drain();
  const granted = pair.adapter.resume();
  await granted;
  pair.network.cut();
  pair.adapter.drain();
  pair.worker.leave('w9');
  assert.equal(await leaving.promise, 'w9');
  await until(() => pair.worker.drained);
  pair.close();
});

test('a worker told to stop before it was connected is announced as connected, then as leaving', async () => {
  const heard: string[] = [];
  const pending = createSessionPair({
    adapter: { onConnected: () => void heard.push('connected'), onLeaving: () => void heard.push('leaving') },
    worker: { onRequest: serve, onConnected: (session) => session.leave('') },
  });
  const pair = await pending;
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ['connected', 'leaving']);
  pair.close();
});

test('the worker hears when its last answer was acknowledged', async () => {
  let calm = 0;
  const pair = await createSessionPair({
    worker: {
      onRequest: serve,
      onSettled: (session) => {
        if (session.settled && session.inFlight === 0) calm++;
      },
    },
  });
  const { handler, done } = collectAnswer();
  pair.adapter.open(requestHead(), true, handler);
  await done;
  const before = calm;
  await until(() => calm > before);
  await turn();
  pair.close();
});
