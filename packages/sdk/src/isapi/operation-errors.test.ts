import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { isError } from './testing/is-error.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { startExtension } from './testing/start-extension.ts';
import { GET, HUGE, POST, pick, startPending } from './testing/start-pending.ts';

suite('errors of operations (7.5)', () => {
  for (const kind of ['read', 'write'] as const) {
    const begin = (ecb: ExtensionControlBlock): void => {
      if (kind === 'read') ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
      else ecb.writeClient(HUGE, HSE.HSE_IO_ASYNC);
    };

    test(`a ${kind} whose client breaks the connection ends once with ERROR_OPERATION_ABORTED, and the session is owed`, async () => {
      await using running = await startPending();
      const { socket, ecb, recorder } = await running.unread(POST);
      begin(ecb);
      assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED), true);
      socket.destroy();
      assert.deepEqual(pick(await recorder.call(1)), [0, ERROR_OPERATION_ABORTED]);
      await until(() => !ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED));
      // What is begun afterwards ends in the same way; nothing hangs.
      begin(ecb);
      assert.deepEqual(pick(await recorder.call(2)), [0, ERROR_OPERATION_ABORTED]);
      assert.equal(await ecb.readClient(Buffer.alloc(10)), 0);
      await assert.rejects(ecb.writeClient(Buffer.from('x')), isError('ERROR_OPERATION_ABORTED'));
      assert.equal(running.host.stats.inUse, 1);
      done(ecb);
      await until(() => running.host.stats.inUse === 0);
      assert.equal(recorder.calls.length, 2);
    });

    test(`a ${kind} of an extension that closes the connection ends once with ERROR_NETNAME_DELETED, and the session is owed`, async () => {
      await using running = await startPending();
      const { socket, ecb, recorder } = await running.unread(POST);
      begin(ecb);
      ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED), false);
      assert.deepEqual(pick(await recorder.call(1)), [0, ERROR_NETNAME_DELETED]);
      begin(ecb);
      assert.deepEqual(pick(await recorder.call(2)), [0, ERROR_NETNAME_DELETED]);
      await assert.rejects(ecb.writeClient(Buffer.from('x')), isError('ERROR_NETNAME_DELETED'));
      assert.equal(running.host.stats.inUse, 1);
      done(ecb);
      socket.resume();
      await once(socket, 'close');
      await until(() => running.host.stats.inUse === 0);
      assert.equal(recorder.calls.length, 2);
    });
  }

  test('zero bytes without an error: the body is complete', async () => {
    await using running = await startPending();
    const socket = running.dial('POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n');
    const ecb = await running.next();
    assert.deepEqual([ecb.totalBytes, ecb.data.toString()], [HSE.HSE_TOTAL_BYTES_UNKNOWN, 'body']);
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
    assert.deepEqual(pick(await recorder.call()), [0, 0]);
    done(ecb);
    socket.destroy();
  });

  test('HSE_REQ_CANCEL_IO ends a read, and its bytes are not lost', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    const recorder = new Recorder();
    assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO), isError('ERROR_INVALID_HANDLE'));
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
    ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO);
    assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO), isError('ERROR_INVALID_HANDLE'));
    assert.deepEqual(pick(await recorder.call(1)), [0, ERROR_OPERATION_ABORTED]);
    socket.write('body');
    const buffer = Buffer.alloc(10);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, buffer);
    assert.deepEqual(pick(await recorder.call(2)), [4, 0]);
    assert.equal(buffer.toString('latin1', 0, 4), 'body');
    done(ecb);
    socket.destroy();
  });

  test('HSE_REQ_CANCEL_IO ends a send with its connection', async () => {
    await using running = await startPending();
    const { socket, ecb, recorder } = await running.unread(GET);
    ecb.writeClient(HUGE, HSE.HSE_IO_ASYNC);
    ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO);
    assert.deepEqual(pick(await recorder.call()), [0, ERROR_OPERATION_ABORTED]);
    assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED), false);
    socket.resume();
    await once(socket, 'close');
    done(ecb);
    assert.equal(recorder.calls.length, 1);
  });

  test('HSE_REQ_ASYNC_READ_CLIENT needs a routine before, HSE_IO_ASYNC, and room', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    const read = (...args: [buffer: Uint8Array, size?: number, flags?: number]) =>
      ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, ...args);
    assert.throws(() => read(Buffer.alloc(10)), isError('ERROR_INVALID_PARAMETER'));
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    for (const size of [0, 11, 1.5, -1])
      assert.throws(() => read(Buffer.alloc(10), size), isError('ERROR_INVALID_PARAMETER'), `size ${size}`);
    assert.throws(() => read(Buffer.alloc(10), 10, HSE.HSE_IO_SYNC), isError('ERROR_INVALID_PARAMETER'));
    assert.throws(() => read(Buffer.alloc(0)), isError('ERROR_INVALID_PARAMETER'));
    assert.throws(() => read('text' as never), isError('ERROR_INVALID_PARAMETER'));
    read(Buffer.alloc(10), 3, HSE.HSE_IO_ASYNC);
    socket.write('body');
    assert.deepEqual(pick(await recorder.call(1)), [3, 0]);
    done(ecb);
    socket.destroy();
  });

  for (const form of ['throws', 'rejects'] as const) {
    test(`a routine that ${form} fails its request with 500, and leaves a line of the log`, async () => {
      await using running = await startExtension(
        pending((ecb) => {
          ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, () => {
            if (form === 'rejects') return Promise.reject(new Error('lost it'));
            throw new Error('lost it');
          });
          ecb.writeClient(Buffer.alloc(0), HSE.HSE_IO_ASYNC);
        }),
      );
      const answer = await running.exchange('GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n');
      assert.match(answer, /^HTTP\/1\.1 500 /);
      assert.match(String((await running.line('completion routine failed')).fields.error), /lost it/);
      await until(() => running.host.stats.inUse === 0 && running.pool.stats.active === 0);
    });
  }
});
