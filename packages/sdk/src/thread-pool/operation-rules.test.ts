import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { suite, test } from 'node:test';
import { ERROR_HANDLE_EOF } from '../constants/error-codes.ts';
import type { OperationSpan } from '../server/server-host.ts';
import { Overlapped, type OverlappedLike } from './overlapped.ts';
import { ears, file, turns } from './testing/handles.ts';
import { ThreadPool } from './thread-pool.ts';

suite('an overlapped operation on a file', () => {
  test('keeps its overlapped and its buffer until its completion: a second use is refused, and names the operation under way', async () => {
    const pool = new ThreadPool();
    await using handle = await file('0123456789');
    await using other = await file('other');
    const heard = ears();
    const associated = pool.associate(handle, heard.routine);
    const elsewhere = pool.associate(other, heard.routine);
    const memory = new ArrayBuffer(16);
    const overlapped = new Overlapped(2);
    associated.read(new Uint8Array(memory, 4, 8), overlapped);
    assert.throws(() => elsewhere.read(Buffer.alloc(4), overlapped), {
      code: 'ERROR_INVALID_PARAMETER',
      message: new RegExp(`overlapped belongs to a read of 8 bytes at 2 of file ${handle.fd} that is under way`),
    });
    for (const [from, length] of [
      [4, 8],
      [0, 5],
      [11, 1],
      [6, 2],
      [0, 16],
    ] as const)
      assert.throws(() => elsewhere.write(new Uint8Array(memory, from, length), new Overlapped()), {
        code: 'ERROR_INVALID_PARAMETER',
        message: /buffer belongs to a read of 8 bytes/,
      });
    // what lies beside it is free
    elsewhere.read(new Uint8Array(memory, 0, 4), new Overlapped());
    elsewhere.read(new Uint8Array(memory, 12, 4), new Overlapped());
    assert.equal(pool.pendingOperations, 3);
    await heard.heard(3);
    assert.equal(Buffer.from(memory).toString('latin1'), 'othe23456789othe');
    // after it everything may be used again
    associated.read(new Uint8Array(memory, 4, 8), overlapped);
    await heard.heard(4);
  });

  test('may be followed by the next from its routine, with the same overlapped and buffer', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    await using handle = await file(Buffer.alloc(100, 'x'));
    const buffer = Buffer.alloc(10);
    const done = new Promise<number>((resolve, reject) => {
      const associated = pool.associate(handle, (error, bytes, overlapped) => {
        if (error === ERROR_HANDLE_EOF) return resolve(Number(overlapped.offset));
        if (error) return reject(new Error(`error ${error}`));
        overlapped.offset = Number(overlapped.offset) + bytes;
        associated.read(buffer, overlapped);
      });
      associated.read(buffer, new Overlapped());
    });
    assert.equal(await done, 100);
  });

  test('one more than there may be under way is refused', async () => {
    const pool = new ThreadPool({ maxOperations: 2 });
    await using handle = await file('abc');
    const heard = ears();
    const associated = pool.associate(handle, heard.routine);
    associated.read(Buffer.alloc(1), new Overlapped());
    associated.read(Buffer.alloc(1), new Overlapped());
    assert.throws(() => associated.read(Buffer.alloc(1), new Overlapped()), {
      code: 'ERROR_NOT_ENOUGH_QUOTA',
      message: /2 operations are under way/,
    });
    await heard.heard(2);
    associated.read(Buffer.alloc(1), new Overlapped());
    await heard.heard(3);
  });

  test('of an object like an overlapped is one too', async () => {
    await using handle = await file('abc');
    const heard = ears();
    const like: OverlappedLike = { internal: 0, internalHigh: 0, offset: 1 };
    new ThreadPool().associate(handle, heard.routine).read(Buffer.alloc(1), like);
    await heard.heard(1);
    assert.equal(heard.ends[0]!.overlapped, like);
    assert.equal(like.internalHigh, 1);
  });

  test('has its routine called where the app was when it asked', async () => {
    const storage = new AsyncLocalStorage<string>();
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    await using handle = await file('abc');
    const seen: (string | undefined)[] = [];
    let done = () => {};
    const both = new Promise<void>((resolve) => {
      done = resolve;
    });
    // the first holds the only slot for a while, so that the second waits and is run from the first one's end
    const associated = pool.associate(handle, async () => {
      seen.push(storage.getStore());
      await turns();
      if (seen.length === 2) done();
    });
    storage.run('one', () => associated.read(Buffer.alloc(1), new Overlapped()));
    storage.run('two', () => associated.read(Buffer.alloc(1), new Overlapped()));
    await both;
    assert.deepEqual(seen.sort(), ['one', 'two']);
  });

  test('of a sampled request gets a span, another none', async () => {
    const pool = new ThreadPool();
    const spans: OperationSpan[] = [];
    let isSampled = true;
    pool.tracer = { activeTrace: () => ({ traceparent: '00-1-2-01', isSampled }), recordSpan: (span) => spans.push(span) };
    await using handle = await file('abc');
    const heard = ears();
    const associated = pool.associate(handle, heard.routine);
    associated.read(Buffer.alloc(3), new Overlapped());
    await heard.heard(1);
    isSampled = false;
    associated.read(Buffer.alloc(3), new Overlapped());
    await heard.heard(2);
    assert.equal(spans.length, 1);
    const { name, traceparent, bytes, error } = spans[0]!;
    assert.deepEqual({ name, traceparent, bytes, error }, { name: 'overlapped read', traceparent: '00-1-2-01', bytes: 3, error: 0 });
  });
});
