import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ERROR_HANDLE_EOF, ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED, type ErrorName } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import type { ResponseVector, TransmitFileInfo } from './requests.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { startExtension } from './testing/start-extension.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-isapi-'));
const BIG = Buffer.alloc(3_000_001, 'abcdefghijklmnopqrstuvwxy');
writeFileSync(join(folder, 'big'), BIG);
writeFileSync(join(folder, 'small'), '0123456789');
const big = openSync(join(folder, 'big'), 'r');
const small = openSync(join(folder, 'small'), 'r');
after(() => {
  closeSync(big);
  closeSync(small);
  rmSync(folder, { recursive: true });
});

const ASYNC = HSE.HSE_IO_ASYNC;
const HUGE_BYTES = 64 << 20;
const is = (code: ErrorName) => (error: unknown) => HostError.is(error, code);
const transmit = (ecb: ExtensionControlBlock, info: TransmitFileInfo): void => ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, info);
const vector = (ecb: ExtensionControlBlock, info: ResponseVector) => ecb.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, info);

/** What came of a request whose control block was given to `act`; the session is ended behind it. */
async function answerOf(act: (ecb: ExtensionControlBlock, recorder: Recorder) => unknown, init: RequestInit = {}) {
  const recorder = new Recorder();
  const acted = Promise.withResolvers<void>();
  await using running = await startExtension(
    pending(async (ecb) => {
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine, 'set before');
      try {
        await act(ecb, recorder);
        acted.resolve();
      } catch (error) {
        acted.reject(error);
      }
      done(ecb);
    }),
  );
  const [answer] = await Promise.all([fetch(running.url, init), acted.promise]);
  const body = Buffer.from(await answer.arrayBuffer());
  await until(() => running.host.stats.inUse === 0);
  return { answer, body, text: body.toString(), calls: recorder.calls.map(({ context, bytes, error }) => [context, bytes, error]) };
}

suite('HSE_REQ_TRANSMIT_FILE (7.6)', () => {
  test('a whole file goes out, and the routine is told its bytes', async () => {
    const { body, calls } = await answerOf(async (ecb, recorder) => {
      transmit(ecb, { file: big, flags: ASYNC });
      await recorder.call(1);
    });
    assert.ok(body.equals(BIG));
    assert.deepEqual(calls, [['set before', BIG.length, 0]]);
  });

  test('head and tail stand around the part of the file that was asked for', async () => {
    const { text, calls } = await answerOf(async (ecb, recorder) => {
      transmit(ecb, { head: '<', file: small, offset: 2, bytesToWrite: 3, tail: Buffer.from('>'), flags: ASYNC });
      await recorder.call(1);
    });
    assert.equal(text, '<234>');
    assert.deepEqual(calls, [['set before', 5, 0]]);
  });

  test('bytesToWrite 0 is to the end; an offset at the end is nothing', async () => {
    const { text, calls } = await answerOf(async (ecb, recorder) => {
      transmit(ecb, { file: small, offset: 7, bytesToWrite: 0, flags: ASYNC });
      await recorder.call(1);
      transmit(ecb, { file: small, offset: 10, flags: ASYNC });
      await recorder.call(2);
    });
    assert.equal(text, '789');
    assert.deepEqual(
      calls.map(([, bytes]) => bytes),
      [3, 0],
    );
  });

  test('a FileHandle is as good as its descriptor, and is left open', async () => {
    await using handle = await open(join(folder, 'small'));
    const { text } = await answerOf(async (ecb, recorder) => {
      transmit(ecb, { file: handle, flags: ASYNC });
      await recorder.call(1);
    });
    assert.equal(text, '0123456789');
    assert.equal((await handle.read(Buffer.alloc(3), 0, 3, 0)).bytesRead, 3);
  });

  test('without a file only head and tail are sent', async () => {
    const { text } = await answerOf(async (ecb, recorder) => {
      transmit(ecb, { head: 'head ', tail: 'tail', flags: ASYNC });
      await recorder.call(1);
    });
    assert.equal(text, 'head tail');
  });

  test('its own routine and context go before those of HSE_REQ_IO_COMPLETION, for this operation only', async () => {
    const own = new Recorder();
    const { calls } = await answerOf(async (ecb, recorder) => {
      transmit(ecb, { file: small, flags: ASYNC, routine: own.routine, context: 'own' });
      await own.call(1);
      transmit(ecb, { file: small, flags: ASYNC, context: 'only the context' });
      await recorder.call(1);
      transmit(ecb, { file: small, flags: ASYNC });
      await recorder.call(2);
    });
    assert.deepEqual(
      own.calls.map(({ context, bytes }) => [context, bytes]),
      [['own', 10]],
    );
    assert.deepEqual(calls, [
      ['only the context', 10, 0],
      ['set before', 10, 0],
    ]);
  });

  test('with HSE_IO_SEND_HEADERS the head is the text of the header fields', async () => {
    for (const head of ['X-Kind: file\r\nContent-Length: 10\r\n\r\n', Buffer.from('X-Kind: file\r\nContent-Length: 10')]) {
      const { answer, text } = await answerOf(async (ecb, recorder) => {
        transmit(ecb, { file: small, head, status: '203 Borrowed', flags: ASYNC | HSE.HSE_IO_SEND_HEADERS });
        await recorder.call(1);
      });
      assert.deepEqual([answer.status, answer.statusText, answer.headers.get('x-kind'), text], [203, 'Borrowed', 'file', '0123456789']);
    }
  });

  test('what stands behind the empty line of the header text is body, and is counted', async () => {
    const { text, calls } = await answerOf(async (ecb, recorder) => {
      transmit(ecb, { file: small, head: 'X-Kind: file\r\n\r\nbegin ', flags: ASYNC | HSE.HSE_IO_SEND_HEADERS });
      await recorder.call(1);
    });
    assert.equal(text, 'begin 0123456789');
    assert.deepEqual(calls, [['set before', 16, 0]]);
  });

  test('HSE_IO_SEND_HEADERS and a head that was sent before do not go together', async () => {
    const { text } = await answerOf(async (ecb) => {
      ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, {});
      assert.throws(() => transmit(ecb, { file: small, flags: ASYNC | HSE.HSE_IO_SEND_HEADERS }), is('ERROR_INVALID_PARAMETER'));
      await ecb.writeClient(Buffer.from('x'));
    });
    assert.equal(text, 'x');
  });

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
      for (const [info, code] of refused) assert.throws(() => transmit(ecb, info), is(code), JSON.stringify(info));
      const directory = openSync(folder, 'r');
      assert.throws(() => transmit(ecb, { file: directory, flags: ASYNC }), is('ERROR_INVALID_HANDLE'));
      closeSync(directory);
    });
    assert.deepEqual([answer.status, text, calls], [200, '', []]);
  });

  test('an offset behind the end of the file is error 10022, and so is a part that ends there', async () => {
    await answerOf((ecb) => {
      assert.throws(
        () => transmit(ecb, { file: small, offset: 11, flags: ASYNC }),
        (error) => is('WSAEINVAL')(error) && (error as HostError).number === 10022,
      );
      assert.throws(() => transmit(ecb, { file: small, offset: 5, bytesToWrite: 6, flags: ASYNC }), is('WSAEINVAL'));
    });
  });

  test('a file that shrinks on its way is ERROR_HANDLE_EOF, and the response never looks whole', async () => {
    const path = join(folder, 'shrinking');
    writeFileSync(path, Buffer.alloc(HUGE_BYTES));
    const file = openSync(path, 'r+');
    const recorder = new Recorder();
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(
      pending((ecb) => {
        given.push(ecb);
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        transmit(ecb, { file, flags: ASYNC });
      }),
    );
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
    await once(socket, 'readable');
    ftruncateSync(file, 0);
    let last = '';
    socket.on('data', (chunk: Buffer) => {
      last = chunk.toString('latin1').slice(-5);
    });
    const { bytes, error } = await recorder.call(1);
    assert.deepEqual([bytes, error], [0, ERROR_HANDLE_EOF]);
    done(given[0]!);
    await once(socket, 'close');
    assert.notEqual(last, '0\r\n\r\n');
    closeSync(file);
  });

  test('HSE_IO_DISCONNECT_AFTER_SEND closes the connection, refuses further sends and leaves the session owed', async () => {
    for (const isHeadBefore of [false, true]) {
      const recorder = new Recorder();
      const given: ExtensionControlBlock[] = [];
      await using running = await startExtension(
        pending((ecb) => {
          given.push(ecb);
          ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
          if (isHeadBefore) {
            ecb.serverSupportFunction(HSE.HSE_REQ_SET_FLUSH_FLAG, true);
            ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { headers: 'X-Head: before' });
          }
          transmit(ecb, { file: small, flags: ASYNC | HSE.HSE_IO_DISCONNECT_AFTER_SEND });
        }),
      );
      const answer = await running.exchange('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
      assert.match(answer, /0123456789/);
      assert.match(answer, isHeadBefore ? /X-Head: before/ : /Content-Length: 10\r\n[\s\S]*Connection: close/);
      const [ecb] = given as [ExtensionControlBlock];
      assert.equal((await recorder.call(1)).bytes, 10);
      assert.throws(() => transmit(ecb, { file: small, flags: ASYNC }), is('ERROR_INVALID_PARAMETER'));
      assert.throws(() => ecb.writeClient(Buffer.from('x')), is('ERROR_INVALID_PARAMETER'));
      assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, {}), is('ERROR_INVALID_PARAMETER'));
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
      const given: ExtensionControlBlock[] = [];
      await using running = await startExtension(
        pending((ecb) => {
          given.push(ecb);
          ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
          transmit(ecb, { file, flags: ASYNC });
        }),
      );
      const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
      await once(socket, 'readable');
      if (by === 'client') socket.destroy();
      else given[0]!.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      const { bytes, error } = await recorder.call(1);
      closeSync(file);
      assert.deepEqual([bytes, error], [0, by === 'client' ? ERROR_OPERATION_ABORTED : ERROR_NETNAME_DELETED]);
      done(given[0]!);
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

suite('HSE_REQ_VECTOR_SEND (7.6)', () => {
  test('memory and files go out in order, with their head', async () => {
    const { answer, text, calls } = await answerOf(async (ecb, recorder) => {
      assert.equal(
        vector(ecb, {
          flags: ASYNC | HSE.HSE_IO_SEND_HEADERS | HSE.HSE_IO_FINAL_SEND,
          status: '200 Fine',
          headers: [['X-Vector', 'yes']],
          elements: [
            { type: HSE.HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER, buffer: Buffer.from('(abc)'), offset: 1, size: 3 },
            { type: HSE.HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE, file: small, offset: 8 },
            { type: HSE.HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE, file: small, size: 2 },
            { type: HSE.HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER, buffer: Buffer.from('end') },
          ],
        }),
        undefined,
      );
      await recorder.call(1);
    });
    assert.deepEqual(
      [answer.statusText, answer.headers.get('x-vector'), answer.headers.get('content-length'), text],
      ['Fine', 'yes', '10', 'abc8901end'],
    );
    assert.deepEqual(calls, [['set before', 10, 0]]);
  });

  test('with HSE_IO_SYNC it answers a promise of the bytes, calls no routine and lets no send between its parts', async () => {
    const { text, calls } = await answerOf(async (ecb) => {
      const sent = vector(ecb, {
        flags: HSE.HSE_IO_SYNC,
        elements: [
          { type: 1, file: small },
          { type: 0, buffer: Buffer.from('!') },
        ],
      });
      assert.throws(() => ecb.writeClient(Buffer.from('between')), is('ERROR_INVALID_PARAMETER'));
      assert.equal(await sent, 11);
      await ecb.writeClient(Buffer.from('?'));
    });
    assert.equal(text, '0123456789!?');
    assert.deepEqual(calls, []);
  });

  test('size 0 is invalid for memory, and the whole file for a file', async () => {
    const { text } = await answerOf(async (ecb) => {
      assert.throws(
        () => vector(ecb, { flags: HSE.HSE_IO_SYNC, elements: [{ type: 0, buffer: Buffer.from('x'), size: 0 }] }),
        is('ERROR_INVALID_PARAMETER'),
      );
      assert.equal(await vector(ecb, { flags: HSE.HSE_IO_SYNC, elements: [{ type: 1, file: small, size: 0 }] }), 10);
    });
    assert.equal(text, '0123456789');
  });

  test('flags that do not go together are refused', async () => {
    const elements = [{ type: 0, buffer: Buffer.from('x') }] as const;
    const { HSE_IO_CACHE_RESPONSE: CACHE, HSE_IO_FINAL_SEND: FINAL, HSE_IO_SEND_HEADERS: HEADERS } = HSE;
    const head = { status: '200 OK', headers: 'X: y' };
    const refused: ResponseVector[] = [
      { flags: 0, elements },
      { flags: ASYNC | HSE.HSE_IO_SYNC, elements },
      { flags: ASYNC | HEADERS, elements },
      { flags: ASYNC | HEADERS, status: '200 OK', elements },
      { flags: ASYNC | HEADERS, headers: 'X: y', elements },
      { flags: ASYNC, ...head, elements },
      { flags: ASYNC, headers: 'X: y', elements },
      { flags: ASYNC | CACHE, elements },
      { flags: ASYNC | CACHE | FINAL, elements },
      { flags: ASYNC | CACHE | HEADERS, ...head, elements },
      { flags: ASYNC, elements: [{ type: 2 } as never] },
      { flags: ASYNC, elements: [{ type: 0, buffer: Buffer.from('x'), offset: 1 }] },
      { flags: ASYNC, elements: 'x' as never },
    ];
    const { text, calls } = await answerOf(async (ecb, recorder) => {
      for (const info of refused) assert.throws(() => vector(ecb, info), is('ERROR_INVALID_PARAMETER'), JSON.stringify(info));
      vector(ecb, { flags: ASYNC | CACHE | FINAL | HEADERS | HSE.HSE_IO_NODELAY, ...head, elements });
      await recorder.call(1);
    });
    assert.equal(text, 'x');
    assert.equal(calls.length, 1);
  });

  test('HSE_IO_FINAL_SEND ends the response before the session, and nothing may follow', async () => {
    const { text } = await answerOf(async (ecb) => {
      await vector(ecb, { flags: HSE.HSE_IO_SYNC | HSE.HSE_IO_FINAL_SEND, elements: [{ type: 0, buffer: Buffer.from('all') }] });
      assert.throws(() => ecb.writeClient(Buffer.from('more')), is('ERROR_INVALID_PARAMETER'));
    });
    assert.equal(text, 'all');
  });

  test('an answer to HEAD has the length of the file and none of its bytes', async () => {
    const { answer, text } = await answerOf(
      async (ecb, recorder) => {
        transmit(ecb, { file: big, flags: ASYNC | HSE.HSE_IO_FINAL_SEND });
        await recorder.call(1);
      },
      { method: 'HEAD' },
    );
    assert.deepEqual([answer.headers.get('content-length'), text], [String(BIG.length), '']);
  });
});
