import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ERROR_HANDLE_EOF, ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED, type ErrorName } from '../../constants/error-codes.ts';
import * as HSE from '../../constants/isapi.ts';
import type { HostError } from '../../errors/host-error.ts';
import type { TransmitFileInfo } from '../requests.ts';
import { isError } from '../testing/is-error.ts';
import { done, pending, Recorder, until } from '../testing/pending.ts';
import { startExtension } from '../testing/start-extension.ts';
import { startPending } from '../testing/start-pending.ts';
import { ASYNC, answerOf, folder, HUGE_BYTES, small, transmit } from '../testing/transfer.ts';

suite('HSE_REQ_TRANSMIT_FILE (7.6)', () => {
  test('it is refused without HSE_IO_ASYNC, with unknown flags and with what makes no sense; nothing of it goes out and no routine is called', async () => {
    const refused: [TransmitFileInfo, ErrorName][] = [
      [{ file: small, flags: 0 }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: HSE.HSE_IO_SYNC }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC | 0x8000 }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC, status: '200 OK' }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC | HSE.HSE_IO_SEND_HEADERS, status: 'fine' }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC | HSE.HSE_IO_SEND_HEADERS, head: 'Content-Length: 9\r\n\r\n' }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC | HSE.HSE_IO_SEND_HEADERS, head: 'no field' }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC | HSE.HSE_IO_SEND_HEADERS, head: 'Transfer-Encoding: chunked' }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC, offset: -1 }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC, offset: 0.5 }, 'ERROR_INVALID_PARAMETER'],
      [{ flags: ASYNC, offset: 5 }, 'ERROR_INVALID_PARAMETER'],
      [{ file: small, flags: ASYNC, routine: 'later' as never }, 'ERROR_INVALID_PARAMETER'],
      [{ file: 1_000_000, flags: ASYNC }, 'ERROR_INVALID_HANDLE'],
      [{ file: -1, flags: ASYNC }, 'ERROR_INVALID_HANDLE'],
      [undefined as never, 'ERROR_INVALID_PARAMETER'],
    ];
    const { answer, text, calls } = await answerOf((ecb) => {
      for (const [info, code] of refused) assert.throws(() => transmit(ecb, info), isError(code), JSON.stringify(info));
      const directory = openSync(folder, 'r');
      assert.throws(() => transmit(ecb, { file: directory, flags: ASYNC }), isError('ERROR_INVALID_HANDLE'));
      closeSync(directory);
    });
    assert.deepEqual([answer.status, text, calls], [200, '', []]);
  });

  test('an offset behind the end of the file is error 10022, and so is a part that ends there', async () => {
    await answerOf((ecb) => {
      assert.throws(
        () => transmit(ecb, { file: small, offset: 11, flags: ASYNC }),
        (error) => isError('WSAEINVAL')(error) && (error as HostError).number === 10022,
      );
      assert.throws(() => transmit(ecb, { file: small, offset: 5, bytesToWrite: 6, flags: ASYNC }), isError('WSAEINVAL'));
    });
  });

  test('a file that shrinks on its way is ERROR_HANDLE_EOF, and the response never looks whole', async () => {
    const path = join(folder, 'shrinking');
    writeFileSync(path, Buffer.alloc(HUGE_BYTES));
    const file = openSync(path, 'r+');
    const recorder = new Recorder();
    await using running = await startPending((ecb) => {
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
      transmit(ecb, { file, flags: ASYNC });
    });
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
    await once(socket, 'readable');
    ftruncateSync(file, 0);
    let last = '';
    socket.on('data', (chunk: Buffer) => {
      last = chunk.toString('latin1').slice(-5);
    });
    const { bytes, error } = await recorder.call(1);
    assert.deepEqual([bytes, error], [0, ERROR_HANDLE_EOF]);
    done(await running.next());
    await once(socket, 'close');
    assert.notEqual(last, '0\r\n\r\n');
    closeSync(file);
  });

  test('HSE_IO_DISCONNECT_AFTER_SEND closes the connection, refuses further sends and leaves the session owed', async () => {
    for (const isHeadBefore of [false, true]) {
      const recorder = new Recorder();
      await using running = await startPending((ecb) => {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        if (isHeadBefore) {
          ecb.serverSupportFunction(HSE.HSE_REQ_SET_FLUSH_FLAG, true);
          ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { headers: 'X-Head: before' });
        }
        transmit(ecb, { file: small, flags: ASYNC | HSE.HSE_IO_DISCONNECT_AFTER_SEND });
      });
      const answer = await running.exchange('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
      assert.match(answer, /0123456789/);
      assert.match(answer, isHeadBefore ? /X-Head: before/ : /Content-Length: 10\r\n[\s\S]*Connection: close/);
      const ecb = await running.next();
      assert.equal((await recorder.call(1)).bytes, 10);
      assert.throws(() => transmit(ecb, { file: small, flags: ASYNC }), isError('ERROR_INVALID_PARAMETER'));
      assert.throws(() => ecb.writeClient(Buffer.from('x')), isError('ERROR_INVALID_PARAMETER'));
      assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, {}), isError('ERROR_INVALID_PARAMETER'));
      assert.equal(running.host.stats.inUse, 1);
      done(ecb);
      await until(() => running.host.stats.inUse === 0);
      assert.equal(recorder.calls.length, 1);
    }
  });

  for (const by of ['client', 'extension'] as const) {
    test(`a transfer whose connection the ${by} breaks ends once, with no read of the file under way`, async () => {
      const path = join(folder, `broken by ${by}`);
      writeFileSync(path, Buffer.alloc(HUGE_BYTES));
      const file = openSync(path, 'r');
      const recorder = new Recorder();
      await using running = await startPending((ecb) => {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        transmit(ecb, { file, flags: ASYNC });
      });
      const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
      await once(socket, 'readable');
      const ecb = await running.next();
      if (by === 'client') socket.destroy();
      else ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      const { bytes, error } = await recorder.call(1);
      closeSync(file);
      assert.deepEqual([bytes, error], [0, by === 'client' ? ERROR_OPERATION_ABORTED : ERROR_NETNAME_DELETED]);
      done(ecb);
      await until(() => running.host.stats.inUse === 0);
      assert.equal(recorder.calls.length, 1);
      socket.destroy();
    });
  }

  test('a client that reads slowly holds the file back: three buffers are on their way, not the file', async () => {
    const path = join(folder, 'slow');
    writeFileSync(path, Buffer.alloc(HUGE_BYTES, 'z'));
    const file = openSync(path, 'r');
    const recorder = new Recorder();
    await using running = await startExtension(
      pending((ecb) => {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, (...call) => {
          recorder.routine(...call);
          done(ecb);
        });
        transmit(ecb, { file, flags: ASYNC | HSE.HSE_IO_SEND_HEADERS, head: `Content-Length: ${HUGE_BYTES}\r\n\r\n` });
      }),
    );
    const before = process.memoryUsage().external;
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
    await once(socket, 'readable');
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(process.memoryUsage().external - before < 16 << 20, 'much of the file is in memory');
    let length = 0;
    socket.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    assert.deepEqual([(await recorder.call(1)).bytes, recorder.calls.length], [HUGE_BYTES, 1]);
    await until(() => length > HUGE_BYTES);
    closeSync(file);
    socket.destroy();
  });
});
