import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import {
  ERROR_HANDLE_EOF,
  ERROR_MORE_DATA,
  ERROR_NETNAME_DELETED,
  ERROR_NUMBERS,
  ERROR_OPERATION_ABORTED,
  ERROR_SUCCESS,
} from '../constants/error-codes.ts';
import type { OperationSpan } from '../server/server-host.ts';
import type { AssociableHandle } from './associated-handle.ts';
import { Overlapped, type OverlappedLike, STATUS_PENDING } from './overlapped.ts';
import { ThreadPool } from './thread-pool.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'baton-pool-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
async function file(content: string | Buffer, flags = 'r+'): Promise<FileHandle> {
  const path = join(folder, `f${count++}`);
  writeFileSync(path, content);
  return open(path, flags);
}

interface End {
  readonly error: number;
  readonly bytes: number;
  readonly overlapped: OverlappedLike;
}

/** A routine that keeps what it heard, and lets a test wait for so many ends. */
function ears(): {
  readonly ends: End[];
  routine(error: number, bytes: number, overlapped: OverlappedLike): void;
  heard(count: number): Promise<End[]>;
} {
  const ends: End[] = [];
  let wake = () => {};
  return {
    ends,
    routine: (error, bytes, overlapped) => {
      ends.push({ error, bytes, overlapped });
      wake();
    },
    async heard(count) {
      while (ends.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return ends;
    },
  };
}

/** Two ends of one TCP connection. */
async function connection(): Promise<{ near: Socket; far: Socket; server: Server }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = new Socket({ allowHalfOpen: true });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  near.connect((server.address() as { port: number }).port, '127.0.0.1');
  const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
  server.close();
  return { near, far, server };
}

const turns = async (count = 5) => {
  for (let index = 0; index < count; index++) await new Promise((resolve) => setImmediate(resolve));
};

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

suite('an overlapped operation on a socket', () => {
  test('reads what there is, in order; zero bytes mean that the other side has ended', async () => {
    const pool = new ThreadPool();
    const { near, far } = await connection();
    const heard = ears();
    const associated = pool.associate(near, heard.routine);
    const buffers = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4)];
    for (const buffer of buffers) associated.read(buffer, new Overlapped());
    await turns();
    assert.equal(heard.ends.length, 0, 'nothing has come yet');
    far.write('abcdef');
    await heard.heard(2);
    assert.deepEqual(
      heard.ends.map(({ bytes }) => bytes),
      [4, 2],
    );
    assert.equal(Buffer.concat(buffers).toString('latin1', 0, 6), 'abcdef');
    far.end();
    await heard.heard(3);
    assert.deepEqual([heard.ends[2]!.error, heard.ends[2]!.bytes], [ERROR_SUCCESS, 0]);
    associated.read(buffers[0]!, new Overlapped());
    await heard.heard(4);
    assert.deepEqual([heard.ends[3]!.error, heard.ends[3]!.bytes], [ERROR_SUCCESS, 0], 'and again');
    near.destroy();
    far.destroy();
  });

  test('writes, and is told when the memory is free again', async () => {
    const pool = new ThreadPool();
    const { near, far } = await connection();
    const heard = ears();
    const associated = pool.associate(near, heard.routine);
    let received = 0;
    far.on('data', (data: Buffer) => {
      received += data.length;
    });
    for (let index = 0; index < 20; index++) associated.write(Buffer.alloc(100_000, index), new Overlapped());
    await heard.heard(20);
    assert.ok(heard.ends.every(({ error, bytes }) => error === 0 && bytes === 100_000));
    near.end();
    await once(far, 'end');
    assert.equal(received, 2_000_000);
    far.destroy();
    near.destroy();
  });

  test('has no position: an offset, and an empty buffer, are refused', async () => {
    const { near, far } = await connection();
    const associated = new ThreadPool().associate(near, () => assert.fail('called'));
    assert.throws(() => associated.read(Buffer.alloc(1), new Overlapped(1)), { code: 'ERROR_INVALID_PARAMETER', message: /no positions/ });
    assert.throws(() => associated.write(Buffer.alloc(1), new Overlapped(1n)), { code: 'ERROR_INVALID_PARAMETER' });
    assert.throws(() => associated.read(Buffer.alloc(0), new Overlapped()), { code: 'ERROR_INVALID_PARAMETER' });
    near.destroy();
    far.destroy();
    await turns();
  });

  test('is aborted, once, when this side closes', async () => {
    const pool = new ThreadPool();
    const { near, far } = await connection();
    far.pause();
    const heard = ears();
    const associated = pool.associate(near, heard.routine);
    associated.read(Buffer.alloc(4), new Overlapped());
    // more than the kernel takes
    for (let index = 0; index < 3; index++) associated.write(Buffer.alloc(8_000_000), new Overlapped());
    await associated.close();
    await heard.heard(4);
    await turns();
    assert.deepEqual(
      heard.ends.map(({ error, bytes }) => [error, bytes]),
      Array(4).fill([ERROR_OPERATION_ABORTED, 0]),
    );
    assert.throws(() => associated.read(Buffer.alloc(1), new Overlapped()), { code: 'ERROR_INVALID_HANDLE' });
    assert.throws(() => associated.write(Buffer.alloc(1), new Overlapped()), { code: 'ERROR_INVALID_HANDLE' });
    far.destroy();
  });

  test('ends with ERROR_NETNAME_DELETED when the other side breaks the connection; what comes after is refused', async () => {
    const pool = new ThreadPool();
    const { near, far } = await connection();
    const heard = ears();
    const associated = pool.associate(near, heard.routine);
    associated.read(Buffer.alloc(4), new Overlapped());
    far.resetAndDestroy();
    await heard.heard(1);
    assert.deepEqual([heard.ends[0]!.error, heard.ends[0]!.bytes], [ERROR_NETNAME_DELETED, 0]);
    assert.throws(() => associated.read(Buffer.alloc(4), new Overlapped()), { code: 'ERROR_NETNAME_DELETED' });
    await turns();
    assert.equal(heard.ends.length, 1);
  });

  test('that waits is cancelled at once; the next read gets what comes', async () => {
    const pool = new ThreadPool();
    const { near, far } = await connection();
    const heard = ears();
    const associated = pool.associate(near, heard.routine);
    const first = new Overlapped();
    associated.read(Buffer.alloc(4), first);
    assert.equal(associated.cancelIo(first), true);
    await heard.heard(1);
    assert.equal(heard.ends[0]!.error, ERROR_OPERATION_ABORTED);
    const buffer = Buffer.alloc(4);
    associated.read(buffer, new Overlapped());
    far.write('next');
    await heard.heard(2);
    assert.equal(buffer.toString(), 'next');
    near.destroy();
    far.destroy();
  });

  test('after this side has ended it is refused to write', async () => {
    const { near, far } = await connection();
    const associated = new ThreadPool().associate(near, () => assert.fail('called'));
    near.end();
    assert.throws(() => associated.write(Buffer.from('x'), new Overlapped()), { code: 'ERROR_BROKEN_PIPE' });
    near.destroy();
    far.destroy();
    await turns();
  });

  test('of a pipe (a Unix socket) is the same', async () => {
    const pool = new ThreadPool();
    const server = createServer((socket) => socket.pipe(socket));
    server.listen(join(folder, 'pipe'));
    await once(server, 'listening');
    const near = new Socket();
    near.connect(join(folder, 'pipe'));
    await once(near, 'connect');
    const heard = ears();
    const associated = pool.associate(near, heard.routine);
    const buffer = Buffer.alloc(16);
    associated.read(buffer, new Overlapped());
    associated.write(Buffer.from('through a pipe'), new Overlapped());
    await heard.heard(2);
    assert.equal(buffer.toString('latin1', 0, 14), 'through a pipe');
    await associated.close();
    server.close();
  });
});

suite('an overlapped operation on a port', () => {
  test('sends and gets messages; one longer than the buffer comes in pieces, with ERROR_MORE_DATA', async () => {
    const pool = new ThreadPool();
    const { port1, port2 } = new MessageChannel();
    const heard = ears();
    const a = pool.associate(port1, heard.routine);
    const far = ears();
    const b = pool.associate(port2, far.routine);
    const sent = Buffer.from('0123456789');
    a.write(sent, new Overlapped());
    assert.equal(heard.ends.length, 0, 'never from within the call');
    sent.fill(0);
    await heard.heard(1);
    assert.deepEqual([heard.ends[0]!.error, heard.ends[0]!.bytes], [0, 10]);
    const pieces = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4)];
    for (const piece of pieces) b.read(piece, new Overlapped());
    await far.heard(3);
    assert.deepEqual(
      far.ends.map(({ error, bytes }) => [error, bytes]),
      [
        [ERROR_MORE_DATA, 4],
        [ERROR_MORE_DATA, 4],
        [0, 2],
      ],
    );
    assert.equal(Buffer.concat(pieces).toString('latin1', 0, 10), '0123456789');
    await Promise.all([a.close(), b.close()]);
  });

  test('that waits is aborted when either side closes, once', async () => {
    const pool = new ThreadPool();
    const { port1, port2 } = new MessageChannel();
    const heard = ears();
    const associated = pool.associate(port1, heard.routine);
    associated.read(Buffer.alloc(4), new Overlapped());
    port2.close();
    await heard.heard(1);
    assert.equal(heard.ends[0]!.error, ERROR_OPERATION_ABORTED);
    await turns();
    assert.equal(heard.ends.length, 1);
    assert.throws(() => associated.read(Buffer.alloc(4), new Overlapped()), { code: 'ERROR_INVALID_HANDLE' });
    assert.throws(() => associated.write(Buffer.alloc(4), new Overlapped()), { code: 'ERROR_INVALID_HANDLE' });
  });

  test('a message that is no bytes ends its read with ERROR_INVALID_DATA', async () => {
    const pool = new ThreadPool();
    const { port1, port2 } = new MessageChannel();
    const heard = ears();
    const associated = pool.associate(port1, heard.routine);
    associated.read(Buffer.alloc(4), new Overlapped());
    port2.postMessage({ not: 'bytes' });
    await heard.heard(1);
    assert.equal(heard.ends[0]!.error, ERROR_NUMBERS.ERROR_INVALID_DATA);
    await associated.close();
  });

  test('messages without a read are kept up to a bound, at which the port is closed', async () => {
    const pool = new ThreadPool();
    const { port1, port2 } = new MessageChannel();
    const heard = ears();
    const associated = pool.associate(port1, heard.routine);
    associated.read(Buffer.alloc(1), new Overlapped());
    port2.postMessage(new Uint8Array(1));
    await heard.heard(1);
    const closed = once(port1, 'close');
    for (let index = 0; index < 2_000; index++) port2.postMessage(new Uint8Array(1));
    await closed;
    // what came before is still to be had
    for (let index = 0; index < 1_024; index++) associated.read(Buffer.alloc(1), new Overlapped());
    await heard.heard(1_025);
    assert.ok(heard.ends.every(({ error }) => error === 0));
  });
});

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
