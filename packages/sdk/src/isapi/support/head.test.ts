import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import type { ExtensionControlBlock } from '../extension-control-block.ts';
import { ask } from '../testing/ask.ts';
import { isError } from '../testing/is-error.ts';
import { done, pending, Recorder } from '../testing/pending.ts';
import { startExtension } from '../testing/start-extension.ts';

suite('ServerSupportFunction (7.3, 7.4)', () => {
  test('SEND_RESPONSE_HEADER takes a status and header fields in every form', async () => {
    for (const headers of [
      'X-A: 1\r\nX-B: 2\r\n\r\n',
      [
        ['X-A', '1'],
        ['X-B', '2'],
      ],
      { 'X-A': '1', 'X-B': ['2'] },
    ] as const) {
      const answer = await ask((ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER, '201 Made', headers));
      assert.deepEqual([answer.status, answer.statusText, answer.headers.get('x-a'), answer.headers.get('x-b')], [201, 'Made', '1', '2']);
    }
  });

  test('a head that is none is refused, and a second one too', async () => {
    const answer = await ask((ecb) => {
      const send = (info: object) => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, info);
      for (const info of [
        { status: 'OK' },
        { status: '100 Continue' },
        { status: '200 O\r\nK' },
        { headers: 'no colon' },
        { headers: { 'X A': '1' } },
        { headers: { 'X-A': 'a\r\nSet-Cookie: b' } },
        { headers: 'Content-Length: 1\r\nContent-Length: 2' },
        { headers: 'Content-Length: -1' },
        { headers: 'Content-Length: 1\r\n\r\nab' },
      ])
        assert.throws(() => send(info), isError('ERROR_INVALID_PARAMETER'), JSON.stringify(info));
      send({ status: '202 Taken' });
      assert.equal(ecb.httpStatusCode, 202);
      assert.throws(() => send({}), isError('ERROR_INVALID_PARAMETER'));
    });
    assert.equal(answer.status, 202);
  });

  test('keepConn false closes the connection', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_KEEP_CONN), true);
        ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { keepConn: false });
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    assert.match(await running.exchange('GET / HTTP/1.1\r\nHost: t\r\n\r\n'), /Connection: close/);
  });

  test('IS_KEEP_CONN is what the client wants', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        ecb.writeClient(Buffer.from(String(ecb.serverSupportFunction(HSE.HSE_REQ_IS_KEEP_CONN))));
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    assert.match(await running.exchange('GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n'), /false/);
  });

  test('SEND_URL_REDIRECT_RESP is a whole response, and its URL cannot add a field', async () => {
    for (const [url, location] of [
      ['/tea?a=b', '/tea?a=b'],
      ['/käse und\r\nwein', '/k%C3%A4se%20und%0D%0Awein'],
    ] as const) {
      const answer = await ask(
        (ecb) => {
          ecb.serverSupportFunction(HSE.HSE_REQ_SEND_URL_REDIRECT_RESP, url);
          assert.throws(() => ecb.writeClient(Buffer.from('x')), isError('ERROR_INVALID_PARAMETER'));
        },
        { redirect: 'manual' },
      );
      assert.deepEqual([answer.status, answer.headers.get('location')], [302, location]);
    }
  });

  test('SET_FLUSH_FLAG sends a head before the first byte of the body', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(
      pending((ecb) => {
        given.push(ecb);
        ecb.serverSupportFunction(HSE.HSE_REQ_SET_FLUSH_FLAG, true);
        ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { headers: { 'X-Early': 'yes' } });
      }),
    );
    const answer = await fetch(running.url);
    assert.equal(answer.headers.get('x-early'), 'yes');
    done(given[0]!);
    assert.equal(await answer.text(), '');
  });

  test('SEND_CUSTOM_ERROR is a whole response, synchronous or not', async () => {
    const plain = await ask((ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, { status: '404 Not Found', subError: 2 }));
    assert.deepEqual([plain.status, await plain.text()], [404, '404.2 Not Found\n']);
    const recorder = new Recorder();
    const later = await ask(async (ecb) => {
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
      ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, { status: '503', isAsync: true });
      assert.deepEqual([(await recorder.call(1)).bytes, recorder.calls[0]!.error], [24, 0]);
    });
    assert.deepEqual([later.status, await later.text()], [503, '503 Service Unavailable\n']);
    await ask((ecb) => {
      for (const info of [{ status: '200 OK' }, { status: '404', subError: -1 }, undefined])
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, info as never), isError('ERROR_INVALID_PARAMETER'));
    });
  });
});
