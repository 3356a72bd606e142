import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { ERROR_MORE_DATA, ERROR_NUMBERS, ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import { Overlapped } from './overlapped.ts';
import { ears, turns } from './testing/handles.ts';
import { ThreadPool } from './thread-pool.ts';

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
