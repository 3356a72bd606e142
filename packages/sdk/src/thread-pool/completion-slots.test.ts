import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Overlapped } from './overlapped.ts';
import { file, turns } from './testing/handles.ts';
import { ThreadPool } from './thread-pool.ts';

suite('a completion and the slots', () => {
  test('a routine holds its slot until its promise has settled; completions wait in the order in which operations ended', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    await using handle = await file('0123456789');
    const open: (() => void)[] = [];
    const started: number[] = [];
    const associated = pool.associate(handle, (_error, _bytes, overlapped) => {
      started.push(Number(overlapped.offset));
      return new Promise<void>((resolve) => open.push(resolve));
    });
    associated.read(Buffer.alloc(1), new Overlapped(0));
    while (started.length < 1) await turns(1);
    for (const offset of [1, 2, 3]) {
      associated.read(Buffer.alloc(1), new Overlapped(offset));
      while (pool.stats.queued < offset) await turns(1);
    }
    assert.deepEqual([started, pool.stats.active, associated.pending], [[0], 1, 3]);
    for (const count of [2, 3, 4]) {
      open.shift()!();
      while (started.length < count) await turns(1);
      assert.equal(pool.stats.active, 1);
    }
    assert.deepEqual(started, [0, 1, 2, 3]);
    open.shift()!();
  });

  test('what a routine throws is told, and its slot is free', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const told: string[] = [];
    pool.onError = (error, name) => told.push(`${name}: ${(error as Error).message}`);
    await using handle = await file('abc');
    let calls = 0;
    const associated = pool.associate(handle, function spool() {
      if (++calls === 1) throw new Error('no room');
      return Promise.reject(new Error('still none'));
    });
    associated.read(Buffer.alloc(1), new Overlapped());
    associated.read(Buffer.alloc(1), new Overlapped());
    while (told.length < 2) await turns(1);
    assert.deepEqual(told, ['spool: no room', 'spool: still none']);
    assert.equal(pool.stats.active, 0);
  });
});
