import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { RQ_BEGIN_REQUEST } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import { makePipeline } from '../pipeline/testing/serve-pipeline.ts';
import { Overlapped } from './overlapped.ts';
import { ThreadPool } from './thread-pool.ts';

const storage = new AsyncLocalStorage<string>();

/** A pool of one slot that is held until `free` is called, in a context of its own. */
function heldPool() {
  const pool = new ThreadPool({ maxPoolThreads: 1, poolThreadLimit: 2 });
  const { promise, resolve } = Promise.withResolvers<void>();
  storage.run('holder', () => pool.post(() => promise));
  return { pool, free: () => storage.run('freer', resolve) };
}

suite('a routine that has waited for its slot keeps the asynchronous context it was queued in', () => {
  test('by run, before and behind an await, and so does who waits for it', async () => {
    const { pool, free } = heldPool();
    const seen: unknown[] = [];
    const ran = ['one', 'two'].map((name) =>
      storage.run(name, async () => {
        const answer = await pool.run(async () => {
          seen.push(storage.getStore());
          await new Promise(setImmediate);
          return storage.getStore();
        });
        return [answer, storage.getStore()];
      }),
    );
    free();
    assert.deepEqual(await Promise.all(ran), [
      ['one', 'one'],
      ['two', 'two'],
    ]);
    assert.deepEqual(seen, ['one', 'two']);
  });

  test('by enter, also when it is let in by another slot', () => {
    const { pool, free } = heldPool();
    const seen: unknown[] = [];
    storage.run('queued', () => pool.enter({ name: 'a user', run: () => void seen.push(storage.getStore()) }));
    storage.run('incrementing', () => pool.increment());
    assert.deepEqual(seen, ['queued']);
    free();
  });

  test('and one that finds a slot runs in its caller’s, which is the same, as the same object', () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const user = {
      name: 'a user',
      seen: [] as unknown[],
      run() {
        this.seen.push(this === user, storage.getStore());
      },
    };
    storage.run('caller', () => pool.enter(user));
    assert.deepEqual(user.seen, [true, 'caller'], 'nothing is put around it');
  });

  test('whose error is told', async () => {
    const { pool, free } = heldPool();
    const told: unknown[] = [];
    pool.onError = (error, name) => told.push(name, (error as Error).message);
    storage.run('queued', () =>
      pool.post(async () => {
        throw new Error(String(storage.getStore()));
      }, 'mine'),
    );
    free();
    await new Promise(setImmediate);
    assert.deepEqual(told, ['mine', 'queued']);
  });
});

suite('what waits for a slot on behalf of a request sees what the request keeps:', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-context-'));
    writeFileSync(join(folder, 'f'), 'ab');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('the completion of an overlapped read', async () => {
    const { pool, free } = heldPool();
    await using handle = await open(join(folder, 'f'));
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const associated = pool.associate(handle, () => resolve(storage.getStore()));
    storage.run('request', () => associated.read(Buffer.alloc(2), new Overlapped()));
    while (pool.stats.queued === 0) await new Promise(setImmediate);
    free();
    assert.equal(await promise, 'request');
  });

  test('onAsyncCompletion of a module', async () => {
    const { pool, free } = heldPool();
    const seen: unknown[] = [];
    const module = {
      onBeginRequest(context: { postCompletion(): void }) {
        context.postCompletion();
        return RQ_NOTIFICATION_PENDING;
      },
      onAsyncCompletion() {
        seen.push(storage.getStore());
        return RQ_NOTIFICATION_CONTINUE;
      },
    };
    const pipeline = await makePipeline(
      { m: (info) => info.setRequestNotifications({ getHttpModule: () => Object.create(module) }, RQ_BEGIN_REQUEST, 0) },
      [],
      { pool },
    );
    const server = createServer((req, res) =>
      storage.run(req.url!, () => {
        pipeline.run(req, res, () => res.end(storage.getStore()));
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const answers = ['/a', '/b'].map(async (path) => (await fetch(url + path)).text());
      while (pool.stats.queued < 2) await new Promise(setImmediate);
      free();
      assert.deepEqual(await Promise.all(answers), ['/a', '/b']);
      assert.deepEqual(seen.toSorted(), ['/a', '/b']);
    } finally {
      server.closeAllConnections();
      server.close();
      pipeline.terminate();
    }
  });
});
