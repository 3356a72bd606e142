import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { Overlapped } from './overlapped.ts';
import { connection, ears, folder, turns } from './testing/handles.ts';
import { ThreadPool } from './thread-pool.ts';

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
