import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ERROR_OPERATION_ABORTED, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { Overlapped } from './overlapped.ts';
import { ears, file, folder, turns } from './testing/handles.ts';
import { ThreadPool } from './thread-pool.ts';

suite('a file that is closed, or an operation that is cancelled, in between', () => {
  test('ends each operation under way with ERROR_OPERATION_ABORTED, once; then the file is closed', async () => {
    const pool = new ThreadPool();
    const handle = await file('0123456789');
    const heard = ears();
    const associated = pool.associate(handle, heard.routine);
    for (let index = 0; index < 5; index++) associated.read(Buffer.alloc(2), new Overlapped(index));
    const closing = handle.close();
    assert.throws(() => associated.read(Buffer.alloc(2), new Overlapped()), { code: 'ERROR_INVALID_HANDLE', message: /closed/ });
    await closing;
    await heard.heard(5);
    await turns();
    assert.deepEqual(
      heard.ends.map(({ error, bytes }) => [error, bytes]),
      Array(5).fill([ERROR_OPERATION_ABORTED, 0]),
    );
    assert.equal(handle.fd, -1);
  });

  test('never lets an operation reach the file that gets the number next', async () => {
    for (let round = 0; round < 50; round++) {
      const pool = new ThreadPool();
      const victim = join(folder, 'victim');
      writeFileSync(victim, '');
      const handle = await file('');
      const associated = pool.associate(handle, () => {});
      // more than libuv has threads: the last ones still wait when the file is closed
      for (let index = 0; index < 16; index++) associated.write(Buffer.from('stray'), new Overlapped(index * 5));
      const closing = handle.close();
      const next = await open(victim, 'r+');
      await closing;
      await turns();
      assert.equal((await next.readFile()).toString(), '');
      await next.close();
    }
  });

  test('by the handle as by the association, however often', async () => {
    const pool = new ThreadPool();
    const handle = await file('x');
    const associated = pool.associate(handle, () => {});
    await Promise.all([associated.close(), handle.close(), associated.close()]);
    assert.equal(handle.fd, -1);
    assert.equal(associated.cancelIo(), false);
  });

  test('cancelIo of one leaves the others', async () => {
    const pool = new ThreadPool();
    await using handle = await file('0123456789');
    const heard = ears();
    const associated = pool.associate(handle, heard.routine);
    const [one, two] = [new Overlapped(), new Overlapped(1)];
    associated.read(Buffer.alloc(2), one);
    associated.read(Buffer.alloc(2), two);
    assert.equal(associated.cancelIo(one), true);
    assert.equal(associated.cancelIo(one), false, 'it is being cancelled');
    await heard.heard(2);
    assert.deepEqual([one.internal, two.internal], [ERROR_OPERATION_ABORTED, ERROR_SUCCESS]);
    assert.equal(associated.cancelIo(two), false, 'it has ended');
  });
});
