import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionPair } from '../create-session-pair.ts';
import { collectAnswer, echo, requestHead } from '../testing/requests.ts';

test('the server tells what went over the sessions of a pool, also over those that are closed', async () => {
  const pair = await createSessionPair({ worker: { onRequest: echo }, identity: { pool: 'shop' } });
  const { handler, done } = collectAnswer();
  const before = pair.server.traffic().get('shop')!;
  const stream = pair.adapter.open(requestHead({ method: 'POST' }), false, handler);
  stream.write(Buffer.alloc(1_000));
  stream.end();
  assert.equal((await done).body.length, 1_000);
  const traffic = pair.server.traffic().get('shop')!;
  // open, data, end to the worker; head, data, end back. Credit and acknowledgements may come with them.
  assert.ok(traffic.framesSent - before.framesSent >= 3 && traffic.framesSent - before.framesSent < 8, `${traffic.framesSent}`);
  assert.ok(traffic.framesReceived - before.framesReceived >= 3 && traffic.framesReceived - before.framesReceived < 8);
  assert.ok(traffic.bytesSent - before.bytesSent > 1_000 && traffic.bytesSent - before.bytesSent < 1_500);
  assert.ok(traffic.bytesReceived - before.bytesReceived > 1_000 && traffic.bytesReceived - before.bytesReceived < 1_500);
  pair.close();
  assert.ok(pair.server.traffic().get('shop')!.bytesSent >= traffic.bytesSent);
});
