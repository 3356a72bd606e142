import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';
import type { HttpModule } from './module.ts';
import { serveBeginning } from './testing/serve-beginning.ts';

suite('postCompletion', () => {
  test('enters onAsyncCompletion behind the caller, in a slot, with notification, bytes and error; its answer decides', async () => {
    const got: unknown[] = [];
    let isCallerBack = false;
    const pool = new ThreadPool();
    const { url, seen, isEmpty } = await serveBeginning(
      (context) => {
        setImmediate(() => {
          context.postCompletion(4096, 38);
          isCallerBack = true;
        });
        return RQ_NOTIFICATION_PENDING;
      },
      {
        onAsyncCompletion(_context, notification, isPost, _provider, info) {
          got.push(isCallerBack, pool.stats.active, notification, isPost, info.getCompletionBytes(), info.getCompletionStatus());
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      pool,
    );
    assert.equal(await (await fetch(url)).text(), 'app');
    await isEmpty();
    assert.deepEqual(got, [true, 1, 0x1, false, 4096, 38]);
    assert.deepEqual(seen, ['begin', 'second', 'log']);
    assert.equal(pool.stats.active, 0);
  });

  test('before PENDING is returned is held back, and may answer PENDING again and FINISH_REQUEST in the end', async () => {
    const bytes: number[] = [];
    const { url, seen, isEmpty } = await serveBeginning(
      (context) => {
        context.postCompletion(1);
        assert.deepEqual(bytes, []);
        return RQ_NOTIFICATION_PENDING;
      },
      {
        onAsyncCompletion(context, _notification, _isPost, _provider, info) {
          bytes.push(info.getCompletionBytes());
          if (bytes.length === 3) return RQ_NOTIFICATION_FINISH_REQUEST;
          // Once before and once after PENDING is returned.
          if (bytes.length === 1) context.postCompletion(2);
          else setImmediate(() => context.postCompletion(3));
          return RQ_NOTIFICATION_PENDING;
        },
      },
    );
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(bytes, [1, 2, 3]);
    assert.deepEqual(seen, ['begin', 'log']);
  });

  test('waits for a slot; PENDING itself holds none', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const slot = Promise.withResolvers<void>();
    let isEntered = false;
    const posted = Promise.withResolvers<void>();
    const { url } = await serveBeginning(
      (context) => {
        assert.equal(pool.stats.active, 0);
        setImmediate(() => {
          pool.post(() => slot.promise);
          context.postCompletion();
          setImmediate(posted.resolve);
        });
        return RQ_NOTIFICATION_PENDING;
      },
      {
        onAsyncCompletion() {
          isEntered = true;
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      pool,
    );
    const answer = fetch(url);
    await posted.promise;
    while (pool.stats.queued === 0) await new Promise(setImmediate);
    assert.ok(!isEntered);
    slot.resolve();
    assert.equal(await (await answer).text(), 'app');
    assert.ok(isEntered);
  });

  test('enters a routine of its own in place of onAsyncCompletion', async () => {
    const got: unknown[] = [];
    const { url, seen, isEmpty } = await serveBeginning((context) => {
      context.postCompletion(5, 6, (given, bytes, error) => {
        got.push(given === context, bytes, error);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      });
      return RQ_NOTIFICATION_PENDING;
    });
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(got, [true, 5, 6]);
    assert.deepEqual(seen, ['begin', 'log']);
  });

  test('to a module without onAsyncCompletion, or one that throws there, is an error of the module', async () => {
    const throwing: HttpModule = {
      onAsyncCompletion() {
        throw new Error('half way');
      },
    };
    const rejecting: HttpModule = { onAsyncCompletion: () => Promise.reject(new Error('half way')) };
    for (const [more, message] of [
      [{}, /no method onAsyncCompletion/],
      [throwing, /half way/],
      [rejecting, /half way/],
    ] as const) {
      const { url, log, seen, isEmpty, pool } = await serveBeginning((context) => {
        context.postCompletion();
        return RQ_NOTIFICATION_PENDING;
      }, more);
      assert.equal((await fetch(url)).status, 500);
      await isEmpty();
      assert.deepEqual(seen, ['begin', 'log']);
      assert.match(log[0]!.message, /Module "first" failed in RQ_BEGIN_REQUEST/);
      assert.match(log[0]!.message, message);
      assert.equal(log.length, 1);
      assert.equal(pool.stats.active, 0);
    }
  });

  test('holds its slot while the promise of onAsyncCompletion has not settled', async () => {
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const { url, pool } = await serveBeginning(
      (context) => {
        context.postCompletion();
        return RQ_NOTIFICATION_PENDING;
      },
      {
        async onAsyncCompletion() {
          entered.resolve();
          await gate.promise;
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
    );
    const answer = fetch(url);
    await entered.promise;
    assert.equal(pool.stats.active, 1);
    gate.resolve();
    await (await answer).text();
    assert.equal(pool.stats.active, 0);
  });
});
