import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ERROR_NUMBERS, ERROR_PROCESS_ABORTED, ERROR_SUCCESS, ERROR_UNHANDLED_EXCEPTION } from '../constants/error-codes.ts';
import { HostError } from '../errors/host-error.ts';
import { Overlapped, type OverlappedLike } from './overlapped.ts';
import { ThreadPool } from './thread-pool.ts';
import type { sum } from './worker-routines.fixture.ts';

const FIXTURE = new URL('./worker-routines.fixture.js', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'baton-threads-'));
const pools: ThreadPool[] = [];
after(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  rmSync(folder, { recursive: true, force: true });
});

interface End {
  readonly error: number;
  readonly bytes: number;
  readonly overlapped: OverlappedLike;
  readonly result: unknown;
}

/** Starts `times` reads of four bytes whose routine is `name` on a worker thread, and answers their ends. */
async function readWith(
  name: string,
  times = 1,
  limits: ConstructorParameters<typeof ThreadPool>[0] = {},
): Promise<{ ends: End[]; pool: ThreadPool }> {
  const pool = new ThreadPool(limits);
  pools.push(pool);
  writeFileSync(join(folder, 'f'), Buffer.from([1, 2, 3, 4, 5]));
  await using handle = await open(join(folder, 'f'));
  const ends: End[] = [];
  await new Promise<void>((resolve) => {
    const associated = pool.associate(handle, {
      worker: true,
      file: FIXTURE,
      name,
      completed: (error, bytes, overlapped, result) => {
        ends.push({ error, bytes, overlapped, result });
        if (ends.length === times) resolve();
      },
    });
    for (let index = 0; index < times; index++) associated.read(Buffer.alloc(4), new Overlapped(1));
  });
  return { ends, pool };
}

suite('a routine marked worker', () => {
  test('runs on another thread with a copy of what was read; its result comes with the completion', async () => {
    const { ends } = await readWith('sum');
    const { threadId, ...result } = ends[0]!.result as ReturnType<typeof sum>;
    assert.deepEqual(result, { total: 14, bytes: 4, offset: 1, isMainThread: false });
    assert.ok(threadId > 0);
    assert.deepEqual([ends[0]!.error, ends[0]!.bytes], [ERROR_SUCCESS, 4]);
  });

  test('whose thread dies is one error completion, and the next one runs', async () => {
    const { ends, pool } = await readWith('die', 5);
    assert.equal(ends.length, 5);
    for (const { error, bytes, overlapped, result } of ends) {
      assert.deepEqual([error, bytes, overlapped.internal, result], [ERROR_PROCESS_ABORTED, 0, ERROR_PROCESS_ABORTED, undefined]);
      assert.ok(HostError.is(overlapped.cause, 'ERROR_PROCESS_ABORTED'));
      assert.match(overlapped.cause.message, /went away: worker exited with code: 7/);
    }
    writeFileSync(join(folder, 'g'), 'abc');
    await using handle = await open(join(folder, 'g'));
    const result = await new Promise((resolve) => {
      pool
        .associate(handle, { worker: true, file: FIXTURE.href, name: 'sum', completed: (_e, _b, _o, result) => resolve(result) })
        .read(Buffer.alloc(3), new Overlapped());
    });
    assert.equal((result as ReturnType<typeof sum>).total, 294);
  });

  test('that throws, or is not there, is one error completion with the cause', async () => {
    for (const [name, message] of [
      ['fail', /does not add up/],
      ['absent', /No handler function/],
    ] as const) {
      const { ends } = await readWith(name);
      assert.deepEqual([ends[0]!.error, ends[0]!.bytes], [ERROR_UNHANDLED_EXCEPTION, 0]);
      assert.match((ends[0]!.overlapped.cause as Error).message, message);
    }
  });

  test('holds a slot while it runs, and finds its queue bounded', async () => {
    const threads = availableParallelism();
    const times = threads + 4;
    const { ends } = await readWith('waitABit', times, { maxPoolThreads: times, maxQueuedOnThreads: 1 });
    const refused = ends.filter(({ error }) => error === ERROR_NUMBERS.ERROR_NOT_ENOUGH_QUOTA);
    assert.equal(refused.length, 3, 'one for each thread and one in the queue');
    assert.ok(ends.filter(({ error }) => error === ERROR_SUCCESS).length === threads + 1);
  });

  test('is not called for an operation that failed: the completion is', async () => {
    const pool = new ThreadPool();
    pools.push(pool);
    writeFileSync(join(folder, 'empty'), '');
    await using handle = await open(join(folder, 'empty'));
    const error = await new Promise((resolve) => {
      pool.associate(handle, { worker: true, file: FIXTURE, name: 'die', completed: resolve }).read(Buffer.alloc(1), new Overlapped());
    });
    assert.equal(error, ERROR_NUMBERS.ERROR_HANDLE_EOF);
  });

  test('may be the function itself, with its file beside it; without completed a failure is told to the pool', async () => {
    const pool = new ThreadPool();
    pools.push(pool);
    writeFileSync(join(folder, 'h'), 'h');
    await using handle = await open(join(folder, 'h'));
    const told = await new Promise<string>((resolve) => {
      pool.onError = (error, name) => resolve(`${name}: ${(error as HostError).code}`);
      function fail() {}
      pool.associate(handle, Object.assign(fail, { worker: true, file: FIXTURE } as const)).read(Buffer.alloc(1), new Overlapped());
    });
    assert.equal(told, 'fail: ERROR_UNHANDLED_EXCEPTION');
  });
});
