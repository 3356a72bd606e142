import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { HostError } from '../errors/host-error.ts';
import { Overlapped } from './overlapped.ts';
import { ThreadPool } from './thread-pool.ts';
import type { sum } from './worker-routines.fixture.ts';
import { WorkerThreads } from './worker-threads.ts';

const FIXTURE = new URL('./worker-routines.fixture.js', import.meta.url);
const task = () => ({ error: 0, bytes: 2, offset: 0, data: Uint8Array.of(1, 2) });
const sumOn = async (threads: WorkerThreads) => ((await threads.run(FIXTURE.href, 'sum', task())) as ReturnType<typeof sum>).total;
const lacksPiscina = (error: unknown) => {
  assert.ok(HostError.is(error, 'ERROR_MOD_NOT_FOUND'), String(error));
  assert.match(error.message, /Piscina, which could not be loaded: .*Install piscina where @baton\/sdk is \(npm install piscina\)/s);
  assert.equal((error.cause as NodeJS.ErrnoException).code, 'ERR_MODULE_NOT_FOUND');
  return true;
};

/** As a folder of packages that lacks piscina; says how often it was looked for. */
function withoutPiscina(): Disposable & { readonly looks: number } {
  let looks = 0;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'piscina') return next(specifier, context);
      looks++;
      throw Object.assign(new Error("Cannot find package 'piscina'"), { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });
  return {
    get looks() {
      return looks;
    },
    [Symbol.dispose]: () => hooks.deregister(),
  };
}

suite('worker threads whose package cannot be loaded', () => {
  test('say what is missing and what to do, and are tried again by the next routine', async () => {
    const threads = new WorkerThreads(8);
    {
      using missing = withoutPiscina();
      await assert.rejects(threads.run(FIXTURE.href, 'sum', task()), lacksPiscina);
      await assert.rejects(threads.run(FIXTURE.href, 'sum', task()), lacksPiscina);
      assert.equal(missing.looks, 2);
    }
    assert.equal(await sumOn(threads), 3, 'it is installed now');
    await threads.close();
  });

  test('are looked for once by routines that come together, and all of them hear', async () => {
    const threads = new WorkerThreads(8);
    using missing = withoutPiscina();
    const ends = await Promise.allSettled([1, 2, 3, 4].map(() => threads.run(FIXTURE.href, 'sum', task())));
    for (const end of ends) lacksPiscina((end as PromiseRejectedResult).reason);
    assert.ok(missing.looks < 4, `${missing.looks} looks`);
  });

  test('can be closed', async () => {
    const threads = new WorkerThreads(8);
    using _missing = withoutPiscina();
    const refused = assert.rejects(threads.run(FIXTURE.href, 'sum', task()), lacksPiscina);
    await threads.close();
    await refused;
    await threads.close();
  });
});

test('worker threads that were closed come back with the next routine', async () => {
  const threads = new WorkerThreads(8);
  assert.equal(await sumOn(threads), 3);
  await threads.close();
  assert.equal(await sumOn(threads), 3);
  await threads.close();
});

suite('a completion of a file whose routine has no thread to run on', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-threads-'));
    writeFileSync(join(folder, 'f'), 'ab');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('comes once, with the number and the cause; its slot is free', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    await using handle = await open(join(folder, 'f'));
    using _missing = withoutPiscina();
    const overlapped = new Overlapped();
    const [error, bytes] = await new Promise<[number, number]>((resolve) => {
      pool
        .associate(handle, { worker: true, file: FIXTURE, name: 'sum', completed: (error, bytes) => resolve([error, bytes]) })
        .read(Buffer.alloc(2), overlapped);
    });
    assert.deepEqual([error, bytes, overlapped.internal], [126, 0, 126]);
    lacksPiscina(overlapped.cause);
    await new Promise(setImmediate);
    assert.equal(pool.stats.active, 0);
    await pool.close();
  });
});
