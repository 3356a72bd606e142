import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ERROR_HANDLE_EOF, ERROR_NUMBERS, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { Overlapped, type OverlappedLike, STATUS_PENDING } from './overlapped.ts';
import { ears, file, turns } from './testing/handles.ts';
import { ThreadPool } from './thread-pool.ts';

suite('an overlapped operation on a file', () => {
  test('reads and writes at its offset, and the routine gets (error, bytes, overlapped)', async () => {
    const pool = new ThreadPool();
    await using handle = await file('0123456789');
    const heard = ears();
    const associated = pool.associate(handle, heard.routine);
    const write = new Overlapped(4);
    associated.write(Buffer.from('four'), write);
    assert.equal(write.internal, STATUS_PENDING);
    assert.equal(associated.pending, 1);
    assert.equal(heard.ends.length, 0, 'never from within the call');
    await heard.heard(1);
    assert.equal(heard.ends[0]!.overlapped, write);
    assert.deepEqual([write.internal, write.internalHigh], [ERROR_SUCCESS, 4]);
    const buffer = Buffer.alloc(10);
    const read = new Overlapped();
    associated.read(buffer, read);
    await heard.heard(2);
    assert.equal(buffer.toString(), '0123four89');
    assert.deepEqual([heard.ends[1]!.error, heard.ends[1]!.bytes, associated.pending], [0, 10, 0]);
  });

  for (const offset of [5 * 2 ** 30, BigInt(5 * 2 ** 30) + 7n])
    test(`has an offset of 64 bits: ${typeof offset} ${offset}`, async () => {
      const pool = new ThreadPool();
      await using handle = await file('');
      const heard = ears();
      const associated = pool.associate(handle, heard.routine);
      associated.write(Buffer.from('far out'), new Overlapped(offset));
      await heard.heard(1);
      const buffer = Buffer.alloc(7);
      associated.read(buffer, new Overlapped(offset));
      await heard.heard(2);
      assert.equal(buffer.toString(), 'far out');
      assert.equal((await handle.stat()).size, Number(offset) + 7);
    });

  test('past the end ends with ERROR_HANDLE_EOF; one that reaches over it gets what there is', async () => {
    const pool = new ThreadPool();
    await using handle = await file('abc');
    const heard = ears();
    const associated = pool.associate(handle, heard.routine);
    associated.read(Buffer.alloc(8), new Overlapped(3));
    await heard.heard(1);
    assert.deepEqual(
      [heard.ends[0]!.error, heard.ends[0]!.bytes, heard.ends[0]!.overlapped.internal],
      [ERROR_HANDLE_EOF, 0, ERROR_HANDLE_EOF],
    );
    associated.read(Buffer.alloc(8), new Overlapped(2n ** 60n));
    associated.read(Buffer.alloc(8), new Overlapped(1));
    associated.read(Buffer.alloc(0), new Overlapped(1));
    await heard.heard(4);
    assert.deepEqual(
      heard.ends
        .slice(1)
        .map(({ error, bytes }) => `${error} ${bytes}`)
        .sort(),
      ['0 0', '0 2', `${ERROR_HANDLE_EOF} 0`],
    );
  });

  test('that fails later ends with its error, zero bytes and the cause', async () => {
    const pool = new ThreadPool();
    const heard = ears();
    await using handle = await file('x', 'r');
    pool.associate(handle, heard.routine).write(Buffer.from('no'), new Overlapped());
    await heard.heard(1);
    assert.deepEqual([heard.ends[0]!.error, heard.ends[0]!.bytes], [ERROR_NUMBERS.ERROR_INVALID_HANDLE, 0]);
    assert.equal((heard.ends[0]!.overlapped.cause as NodeJS.ErrnoException).code, 'EBADF');
  });

  const refused: [string, (overlapped: OverlappedLike) => unknown, unknown?][] = [
    ['a negative offset', (o) => (o.offset = -1)],
    ['half an offset', (o) => (o.offset = 0.5)],
    ['an offset that a number cannot hold', (o) => (o.offset = 2 ** 60)],
    ['an offset above 63 bits', (o) => (o.offset = 2n ** 63n)],
    ['an unset offset', (o) => (o.offset = undefined as never)],
    ['an unset internal', (o) => (o.internal = undefined as never)],
    ['an unset internalHigh', (o) => (o.internalHigh = undefined as never)],
    ['an event', (o) => (o.hEvent = 1 as never)],
  ];
  for (const [title, spoil] of refused)
    test(`with ${title} is refused with ERROR_INVALID_PARAMETER, and no completion comes`, async () => {
      const pool = new ThreadPool();
      await using handle = await file('abc');
      const heard = ears();
      const associated = pool.associate(handle, heard.routine);
      const overlapped = new Overlapped();
      spoil(overlapped);
      assert.throws(() => associated.read(Buffer.alloc(1), overlapped), { code: 'ERROR_INVALID_PARAMETER' });
      assert.throws(() => associated.write(Buffer.alloc(1), overlapped), { code: 'ERROR_INVALID_PARAMETER' });
      assert.notEqual(overlapped.internal, STATUS_PENDING);
      await turns();
      assert.deepEqual([heard.ends.length, associated.pending, pool.pendingOperations], [0, 0, 0]);
    });

  test('without an overlapped, or without a buffer, is refused', async () => {
    await using handle = await file('abc');
    const associated = new ThreadPool().associate(handle, () => assert.fail('called'));
    assert.throws(() => associated.read(Buffer.alloc(1), undefined as never), { code: 'ERROR_INVALID_PARAMETER' });
    assert.throws(() => associated.read('text' as never, new Overlapped()), { code: 'ERROR_INVALID_PARAMETER', message: /Buffer/ });
    assert.throws(() => associated.write(undefined as never, new Overlapped()), { code: 'ERROR_INVALID_PARAMETER' });
    await turns();
  });
});
