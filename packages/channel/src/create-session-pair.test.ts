import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defer } from '@baton/core';
import { createSessionPair } from './create-session-pair.ts';
import { collectAnswer, echo, requestHead } from './testing/requests.ts';

test('a request crosses a session pair and is answered', async () => {
  const pair = await createSessionPair({ worker: { onRequest: echo } });
  const answer = collectAnswer();
  const request = pair.adapter.open(
    requestHead({ method: 'POST', url: '/x?y', headers: ['Host', 'a', 'X-É', 'ü'] }),
    false,
    answer.handler,
  );
  request.write(Buffer.from('hello '));
  request.write(Buffer.from('world'));
  request.end(['Sum', '1']);
  const { head, body, trailers, timings } = await answer.done;
  assert.equal(head.status, 200);
  assert.equal(head.headers, 'X-Method: POST\r\nX-Url: /x?y\r\n');
  assert.equal(body.toString(), 'hello world');
  assert.deepEqual(trailers, ['Sum', '1']);
  assert.ok(timings && timings.totalMs >= 0);
  assert.equal(pair.adapter.inFlight, 0);
  assert.equal(pair.worker.inFlight, 0);
  pair.close();
});

test('a link that is cut resumes by itself and the request goes on', async () => {
  const suspended = defer();
  const resumed = defer();
  const pair = await createSessionPair({
    worker: { onRequest: echo },
    adapter: { onSuspended: () => suspended.resolve(), onResumed: () => resumed.resolve() },
  });
  const answer = collectAnswer();
  const request = pair.adapter.open(requestHead({ method: 'POST' }), false, answer.handler);
  request.write(Buffer.from('before '));
  pair.network.cut();
  await suspended.promise;
  request.write(Buffer.from('while '));
  await resumed.promise;
  request.write(Buffer.from('after'));
  request.end();
  const { body } = await answer.done;
  assert.equal(body.toString(), 'before while after');
  pair.close();
});
