import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import { isError } from '../testing/is-error.ts';
import { Recorder } from '../testing/pending.ts';
import { ASYNC, answerOf, BIG, big, folder, small, transmit } from '../testing/transfer.ts';

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
      assert.throws(() => transmit(ecb, { file: small, flags: ASYNC | HSE.HSE_IO_SEND_HEADERS }), isError('ERROR_INVALID_PARAMETER'));
      await ecb.writeClient(Buffer.from('x'));
    });
    assert.equal(text, 'x');
  });
});
