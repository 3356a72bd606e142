import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import type { ResponseVector } from '../requests.ts';
import { isError } from '../testing/is-error.ts';
import { ASYNC, answerOf, BIG, big, small, transmit, vector } from '../testing/transfer.ts';

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
      assert.throws(() => ecb.writeClient(Buffer.from('between')), isError('ERROR_INVALID_PARAMETER'));
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
        isError('ERROR_INVALID_PARAMETER'),
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
      for (const info of refused) assert.throws(() => vector(ecb, info), isError('ERROR_INVALID_PARAMETER'), JSON.stringify(info));
      vector(ecb, { flags: ASYNC | CACHE | FINAL | HEADERS | HSE.HSE_IO_NODELAY, ...head, elements });
      await recorder.call(1);
    });
    assert.equal(text, 'x');
    assert.equal(calls.length, 1);
  });

  test('HSE_IO_FINAL_SEND ends the response before the session, and nothing may follow', async () => {
    const { text } = await answerOf(async (ecb) => {
      await vector(ecb, { flags: HSE.HSE_IO_SYNC | HSE.HSE_IO_FINAL_SEND, elements: [{ type: 0, buffer: Buffer.from('all') }] });
      assert.throws(() => ecb.writeClient(Buffer.from('more')), isError('ERROR_INVALID_PARAMETER'));
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
