import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { HostError } from '../errors/host-error.ts';
import { decideLimits, MAX_THREADS } from './thread-limits.ts';
import { ThreadPool } from './thread-pool.ts';

/** A promise that is settled from outside. */
function gate(): { readonly promise: Promise<void>; open(): void; fail(error: unknown): void } {
  let open = () => {};
  let fail: (error: unknown) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open: () => open(), fail: (error) => fail(error) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

suite('the limits of the thread pool', () => {
  const cases: [string, Parameters<typeof decideLimits>, { maxPoolThreads: number; poolThreadLimit: number }][] = [
    ['4 per processor, and 256 where there is memory for it', [{}, 2, 8_192], { maxPoolThreads: 8, poolThreadLimit: 256 }],
    ['2 per MB of memory at the most', [{}, 2, 64], { maxPoolThreads: 8, poolThreadLimit: 128 }],
    ['what memory allows is above 4 per processor', [{}, 32, 16], { maxPoolThreads: 32, poolThreadLimit: 32 }],
    ['as given', [{ maxPoolThreads: 3, poolThreadLimit: 5 }, 2, 8_192], { maxPoolThreads: 3, poolThreadLimit: 5 }],
    [
      'the hard limit is never below the soft one',
      [{ maxPoolThreads: 9, poolThreadLimit: 5 }, 2, 8_192],
      { maxPoolThreads: 9, poolThreadLimit: 9 },
    ],
    ['a hard limit alone bounds the soft default', [{ poolThreadLimit: 2 }, 4, 8_192], { maxPoolThreads: 2, poolThreadLimit: 2 }],
  ];
  for (const [title, given, wanted] of cases)
    test(title, () => {
      const { maxPoolThreads, poolThreadLimit } = decideLimits(...given);
      assert.deepEqual({ maxPoolThreads, poolThreadLimit }, wanted);
    });

  for (const wrong of [0, -1, 1.5, 257, Number.NaN])
    test(`${wrong} is refused by name`, () => {
      assert.throws(() => decideLimits({ maxPoolThreads: wrong }), {
        code: 'ERROR_INVALID_PARAMETER',
        message: /maxPoolThreads: .* 1 to 256 .*came/,
      });
      assert.throws(() => new ThreadPool({ poolThreadLimit: wrong }), { code: 'ERROR_INVALID_PARAMETER' });
    });

  test('a limit that was raised, and one that is unwise, are said', () => {
    const said: string[] = [];
    decideLimits({ maxPoolThreads: 50, poolThreadLimit: 5, warn: (message) => said.push(message) }, 2, 8_192);
    assert.deepEqual(said.length, 2);
    assert.match(said[0]!, /poolThreadLimit 5 is below maxPoolThreads 50/);
    assert.match(said[1]!, /more than 20 per processor/);
  });
});

suite('slots', () => {
  test('a routine holds one until its promise has settled; the rest wait in the order they came', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 2 });
    const order: string[] = [];
    const gates = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, ...gate() }));
    for (const { name, promise } of gates)
      pool.post(() => {
        order.push(name);
        return promise;
      });
    assert.deepEqual(order, ['a', 'b']);
    assert.deepEqual([pool.stats.active, pool.stats.queued], [2, 3]);
    gates[1]!.open();
    await turn();
    assert.deepEqual(order, ['a', 'b', 'c']);
    gates[0]!.open();
    gates[2]!.open();
    await turn();
    assert.deepEqual(order, ['a', 'b', 'c', 'd', 'e']);
    gates[3]!.open();
    gates[4]!.open();
    await turn();
    const { active, queued, completed } = pool.stats;
    assert.deepEqual({ active, queued, completed }, { active: 0, queued: 0, completed: 5 });
  });

  test('a routine that returns at once leaves its slot at once', () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    let count = 0;
    for (let index = 0; index < 1_000; index++) pool.post(() => count++);
    assert.equal(count, 1_000);
    assert.equal(pool.stats.active, 0);
  });

  test('100,000 that waited run without a deep stack when the slot is free', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const first = gate();
    const seen: number[] = [];
    pool.post(() => first.promise);
    for (let index = 0; index < 100_000; index++) pool.post(() => seen.push(index));
    assert.equal(pool.stats.queued, 100_000);
    first.open();
    await turn();
    assert.equal(seen.length, 100_000);
    assert.ok(seen.every((value, index) => value === index));
    assert.equal(pool.stats.active, 0);
  });

  test('incrementThreadCount lets one more in at once, decrementThreadCount none out', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1, poolThreadLimit: 2 });
    const gates = [gate(), gate(), gate(), gate()];
    let running = 0;
    for (const { promise } of gates)
      pool.post(() => {
        running++;
        return promise;
      });
    assert.equal(running, 1);
    pool.increment();
    assert.equal(running, 2);
    pool.increment();
    assert.deepEqual([running, pool.stats.maxThreads, pool.stats.limit], [2, 2, 2]);
    pool.decrement();
    assert.deepEqual([running, pool.stats.active, pool.stats.maxThreads], [2, 2, 1]);
    gates[0]!.open();
    await turn();
    assert.equal(running, 2, 'one slot less: the freed one stays empty');
    gates[1]!.open();
    await turn();
    assert.equal(running, 3);
    pool.decrement();
    assert.equal(pool.stats.maxThreads, 1, 'one slot always stays');
    gates[2]!.open();
    gates[3]!.open();
    await turn();
    assert.equal(running, 4);
  });

  test('no number of increments goes above 256', () => {
    const pool = new ThreadPool({ maxPoolThreads: 250, poolThreadLimit: 256 });
    for (let count = 0; count < 20; count++) pool.increment();
    assert.equal(pool.stats.maxThreads, MAX_THREADS);
  });

  test('run answers what its routine does, and throws what it throws', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    assert.equal(await pool.run(() => 7), 7);
    assert.equal(await pool.run(async () => 8), 8);
    let asked = 0;
    // biome-ignore lint/suspicious/noThenProperty: a query that runs with each 'then'
    const query = { then: (settle: (value: number) => void) => settle(++asked) } as unknown as Promise<number>;
    assert.deepEqual([await pool.run(() => query), asked], [1, 1]);
    await assert.rejects(
      pool.run(() => {
        throw new Error('mine');
      }),
      /mine/,
    );
    await assert.rejects(
      pool.run(async () => {
        throw new Error('mine too');
      }),
      /mine too/,
    );
    await turn();
    assert.deepEqual([pool.stats.active, pool.stats.completed], [0, 5]);
  });

  test('an error of a posted routine is told with its name, and frees the slot', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const told: string[] = [];
    pool.onError = (error, name) => told.push(`${name}: ${(error as Error).message}`);
    pool.post(function audit() {
      throw new Error('sync');
    });
    pool.post(() => Promise.reject(new Error('async')), 'the log');
    await turn();
    assert.deepEqual(told, ['audit: sync', 'the log: async']);
    assert.equal(pool.stats.active, 0);
  });

  test('without onError it is an uncaught exception', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const uncaught = once(process, 'uncaughtException');
      pool.post(() => {
        throw new Error('nobody listens');
      });
      const [error] = await uncaught;
      assert.match((error as Error).message, /nobody listens/);
    } finally {
      for (const listener of before) process.on('uncaughtException', listener);
    }
  });

  test('one that waited runs where it came from, not where the slot came free', async () => {
    const storage = new AsyncLocalStorage<string>();
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const first = gate();
    const seen: (string | undefined)[] = [];
    storage.run('first', () => pool.post(() => first.promise));
    storage.run('second', () => pool.post(() => seen.push(storage.getStore())));
    storage.run('third', () => first.open());
    await turn();
    assert.deepEqual(seen, ['second']);
  });

  test('a pool whose slots are all held answers no ping: what waits longest is told', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const held = gate();
    pool.post(() => held.promise);
    let isAnswered = false;
    const ping = pool.run(() => {
      isAnswered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(isAnswered, false);
    assert.ok(pool.stats.longestQueuedMs >= 25);
    held.open();
    await ping;
    assert.ok(pool.stats.longestQueuedMs >= 25, 'the longest wait since the last look');
    assert.equal(pool.stats.longestQueuedMs, 0);
  });

  test('a promise that fails after its slot was given is told once', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 2 });
    const told: unknown[] = [];
    pool.onError = (error) => told.push(error);
    const later = gate();
    pool.post(() => later.promise);
    later.fail(new HostError('ERROR_BUSY', 'x'));
    await turn();
    assert.equal(told.length, 1);
    assert.ok(HostError.is(told[0], 'ERROR_BUSY'));
  });
});
