import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionPair } from '../create-session-pair.ts';
import { IDENTITY, rawWorkers } from '../testing/raw-peer.ts';
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

test('a pool that is gone takes its sessions and what is known of its traffic with it, and leaves those of others', async () => {
  const next = { workerId: 'w1', pool: 'shop' };
  const { server, dial, connect, closed } = rawWorkers({
    channel: () => ({ secret: 'secret', poolIdentity: IDENTITY.poolIdentity, pool: next.pool }),
    verifyToken: () => Promise.resolve({ ...IDENTITY, ...next }),
  });
  (await connect()).session.close('SESSION_CLOSED', 'done');
  next.workerId = 'w2';
  await connect();
  next.workerId = 'w3';
  const unproved = await dial();
  Object.assign(next, { workerId: 'w4', pool: 'billing' });
  await connect();
  assert.ok(server.traffic().get('shop')!.framesSent > 0);
  server.forgetPool('shop', 'the pool was deleted');
  assert.deepEqual([...server.traffic().keys()], ['billing']);
  assert.deepEqual(closed, ['SESSION_CLOSED', 'SESSION_CLOSED'], 'w1 and w2');
  assert.ok(unproved.isOver);
  assert.deepEqual(
    [...server.sessions()].map(({ identity }) => identity.workerId),
    ['w4'],
  );
  server.close();
});
