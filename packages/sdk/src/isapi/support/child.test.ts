import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import { HostError } from '../../errors/host-error.ts';
import { ask } from '../testing/ask.ts';
import { isError } from '../testing/is-error.ts';
import { Recorder } from '../testing/pending.ts';

suite('ServerSupportFunction (7.3, 7.4)', () => {
  test('EXEC_URL runs a child request as an operation, and its status can be asked for', async () => {
    const recorder = new Recorder();
    const answer = await ask(
      async (ecb) => {
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_GET_EXEC_URL_STATUS), isError('ERROR_INVALID_PARAMETER'));
        for (const url of ['tea', '/tea time', '/tea\r\nX-A: 2'])
          assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url }), isError('ERROR_INVALID_PARAMETER'));
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', method: 'PUT', entity: 'milk', childHeaders: { 'x-a': '1' } });
        assert.throws(() => ecb.writeClient(Buffer.from('x')), isError('ERROR_INVALID_PARAMETER'));
        assert.deepEqual([(await recorder.call(1)).bytes, recorder.calls[0]!.error], [0, 0]);
        assert.deepEqual(ecb.serverSupportFunction(HSE.HSE_REQ_GET_EXEC_URL_STATUS), {
          httpStatusCode: 207,
          httpSubStatus: 0,
          win32Error: 0,
        });
      },
      {},
      {
        executeRequest: async (_req, res, target, options) => {
          res
            .writeHead(207, { 'x-child': 'yes' })
            .end(
              `${target.method} ${target.url} ${target.body} ${target.headers['x-a']} ${target.headers['content-length']} ${options.noHeaders}`,
            );
          return 207;
        },
      },
    );
    assert.deepEqual([answer.status, answer.headers.get('x-child'), await answer.text()], [207, 'yes', 'PUT /child milk 1 4 false']);
  });

  test('EXEC_URL leaves conditions and ranges out when it is told to, and refuses flags that mean nothing here', async () => {
    const recorder = new Recorder();
    const answer = await ask(
      async (ecb) => {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        for (const flags of [4, 0x20, 0x40, 0x80, 0x100])
          assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', flags }), isError('ERROR_NOT_SUPPORTED'));
        assert.throws(
          () => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', flags: 'x' as never }),
          isError('ERROR_INVALID_PARAMETER'),
        );
        const childHeaders = { Range: 'bytes=0-1', 'If-None-Match': '"x"', 'X-A': '1' };
        const flags = HSE.HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE;
        ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', childHeaders, flags });
        assert.equal((await recorder.call(1)).error, 0);
      },
      {},
      {
        executeRequest: async (_req, res, target) => {
          res.end(Object.keys(target.headers).join());
          return 200;
        },
      },
    );
    assert.equal(await answer.text(), 'x-a');
  });

  test('a child that fails is an error of its operation; with HSE_EXEC_URL_NO_HEADERS the extension has sent its head', async () => {
    const recorder = new Recorder();
    const answer = await ask(
      async (ecb) => {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { status: '200 Mine' });
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child' }), isError('ERROR_INVALID_PARAMETER'));
        ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', flags: HSE.HSE_EXEC_URL_NO_HEADERS });
        assert.equal((await recorder.call(1)).error, 1001);
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_GET_EXEC_URL_STATUS).win32Error, 1001);
        await ecb.writeClient(Buffer.from('sorry'));
      },
      {},
      { executeRequest: () => Promise.reject(new HostError('ERROR_STACK_OVERFLOW', 'too deep')) },
    );
    assert.deepEqual([answer.statusText, await answer.text()], ['Mine', 'sorry']);
  });

  test('SEND_URL answers with another URL of the site; without a site both are ERROR_NOT_SUPPORTED', async () => {
    const answer = await ask(
      (ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_URL, '/other'),
      {},
      {
        executeRequest: async (_req, res, { url, method }) => {
          res.end(`${method} ${url}`);
          return 200;
        },
      },
    );
    assert.equal(await answer.text(), 'GET /other');
    await ask((ecb) => {
      assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_URL, '/other'), isError('ERROR_NOT_SUPPORTED'));
      assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/other' }), isError('ERROR_NOT_SUPPORTED'));
    });
  });
});
