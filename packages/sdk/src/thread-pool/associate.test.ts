import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { AssociableHandle } from './associated-handle.ts';
import { Overlapped } from './overlapped.ts';
import { connection, ears, file, folder } from './testing/handles.ts';
import { ThreadPool } from './thread-pool.ts';

suite('AssociateWithThreadPool: what a handle is', () => {
  const wrong: [string, unknown, string][] = [
    ['nothing', undefined, 'ERROR_INVALID_PARAMETER'],
    ['null', null, 'ERROR_INVALID_PARAMETER'],
    ['a path', '/tmp/x', 'ERROR_INVALID_PARAMETER'],
    ['an object', {}, 'ERROR_INVALID_PARAMETER'],
    ['a descriptor that is not open', 9_999, 'ERROR_INVALID_HANDLE'],
    ['-1', -1, 'ERROR_INVALID_HANDLE'],
  ];
  for (const [title, handle, code] of wrong)
    test(`${title} is refused`, () => {
      assert.throws(() => new ThreadPool().associate(handle as AssociableHandle, () => {}), { code });
    });

  test('a descriptor of a pipe is refused: its reads would hold up the threads of libuv', () => {
    const directory = openSync(folder, 'r');
    assert.throws(() => new ThreadPool().associate(directory, () => {}), { code: 'ERROR_INVALID_PARAMETER', message: /new net\.Socket/ });
    closeSync(directory);
  });

  test('a routine that is none is refused', async () => {
    await using handle = await file('x');
    assert.throws(() => new ThreadPool().associate(handle, 'f' as never), { code: 'ERROR_INVALID_PARAMETER', message: /routine/ });
    assert.throws(() => new ThreadPool().associate(handle, { worker: true, file: 'relative.js' }), { message: /absolute path/ });
  });

  test('a handle is associated once, for its life, by its object or by its number', async () => {
    const pool = new ThreadPool();
    await using handle = await file('x');
    pool.associate(handle, function first() {});
    assert.throws(() => pool.associate(handle, () => {}), { code: 'ERROR_INVALID_PARAMETER', message: /once, for its life.*"first"/ });
    assert.throws(() => pool.associate(handle.fd, () => {}), { code: 'ERROR_INVALID_PARAMETER' });
    const { near, far } = await connection();
    pool.associate(near, () => {});
    assert.throws(() => pool.associate(near, () => {}), { code: 'ERROR_INVALID_PARAMETER' });
    near.destroy();
    far.destroy();
    const { port1 } = new MessageChannel();
    pool.associate(port1, () => {});
    assert.throws(() => pool.associate(port1, () => {}), { code: 'ERROR_INVALID_PARAMETER' });
    port1.close();
  });

  test('the number of a closed file may be another file, which is associated anew', async () => {
    const pool = new ThreadPool();
    const first = await file('first');
    const number = first.fd;
    pool.associate(first, () => {});
    await first.close();
    const path = join(folder, 'second');
    writeFileSync(path, 'second');
    const second = openSync(path, 'r');
    const heard = ears();
    const associated = pool.associate(second, heard.routine);
    const buffer = Buffer.alloc(6);
    associated.read(buffer, new Overlapped());
    await heard.heard(1);
    assert.equal(buffer.toString(), 'second');
    assert.ok(number > 0);
    await associated.close();
    assert.throws(() => associated.read(buffer, new Overlapped()), { code: 'ERROR_INVALID_HANDLE' });
  });

  test('a descriptor that was closed behind the back of the pool is no hindrance to the file that has its number next', async () => {
    const pool = new ThreadPool();
    writeFileSync(join(folder, 'one'), 'one');
    writeFileSync(join(folder, 'two'), 'two');
    const one = openSync(join(folder, 'one'), 'r');
    pool.associate(one, () => {});
    closeSync(one);
    const two = openSync(join(folder, 'two'), 'r');
    assert.equal(two, one, 'the lowest free number is given');
    await pool.associate(two, () => {}).close();
  });
});
