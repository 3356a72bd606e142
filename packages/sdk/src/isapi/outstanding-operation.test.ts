import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import * as HSE from '../constants/isapi.ts';
import { isError } from './testing/is-error.ts';
import { done, Recorder, until } from './testing/pending.ts';
import { HUGE, POST, startPending } from './testing/start-pending.ts';

suite('one outstanding operation (7.5)', () => {
  test('a second one of any kind is refused, and does not disturb a read', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine, 'read');
    const buffer = Buffer.alloc(100);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, buffer);
    const seconds: Record<string, () => unknown> = {
      'a write': () => ecb.writeClient(Buffer.from('x'), HSE.HSE_IO_ASYNC),
      'a read': () => ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10)),
      'a synchronous read': () => ecb.readClient(Buffer.alloc(10)),
      'a file': () => ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, { flags: HSE.HSE_IO_ASYNC, tail: 'x' }),
      'a vector': () =>
        ecb.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, { flags: HSE.HSE_IO_ASYNC, elements: [{ type: 0, buffer: Buffer.from('x') }] }),
      'an error page': () => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, { status: '404 Not Found', isAsync: true }),
      'the end': () => done(ecb),
    };
    for (const [name, second] of Object.entries(seconds)) assert.throws(second, isError('ERROR_INVALID_PARAMETER'), name);
    socket.write('body');
    const { bytes, error } = await recorder.call();
    assert.deepEqual([bytes, error, buffer.toString('latin1', 0, 4)], [4, 0, 'body']);
    done(ecb);
    await once(socket, 'data');
    assert.equal(recorder.calls.length, 1);
    socket.destroy();
  });

  test('while a send is outstanding neither another one nor a synchronous send is taken; a synchronous read is', async () => {
    await using running = await startPending();
    const { socket, ecb, recorder } = await running.unread(POST);
    ecb.writeClient(HUGE, HSE.HSE_IO_ASYNC);
    const seconds: Record<string, () => unknown> = {
      'a write': () => ecb.writeClient(Buffer.from('y'), HSE.HSE_IO_ASYNC),
      'a read': () => ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10)),
      'a synchronous write': () => ecb.writeClient(Buffer.from('y')),
      'a head': () => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, {}),
      'a redirect': () => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_URL_REDIRECT_RESP, '/'),
      'a file': () => ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, { flags: HSE.HSE_IO_ASYNC, tail: 'y' }),
      'the end': () => done(ecb),
    };
    for (const [name, second] of Object.entries(seconds)) assert.throws(second, isError('ERROR_INVALID_PARAMETER'), name);
    const read = ecb.readClient(Buffer.alloc(10));
    socket.write('body');
    assert.equal(await read, 4);
    assert.equal(recorder.calls.length, 0);
    let received = '';
    let length = 0;
    socket.on('data', (chunk: Buffer) => {
      length += chunk.length;
      received = chunk.toString('latin1').slice(-5);
    });
    socket.resume();
    const { bytes, error } = await recorder.call();
    assert.deepEqual([bytes, error], [HUGE.length, 0]);
    done(ecb);
    await until(() => length > HUGE.length && received === '0\r\n\r\n');
    assert.equal(recorder.calls.length, 1);
    socket.destroy();
  });
});
