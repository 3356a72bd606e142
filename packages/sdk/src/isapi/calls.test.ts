import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import type { ErrorName } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import type { ExtensionServices } from './extension-services.ts';
import { PRELOAD_LIMIT_BYTES } from './input.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { startExtension } from './testing/start-extension.ts';

const is = (code: ErrorName) => (error: unknown) => HostError.is(error, code);

/** Serves one request with `act`, whose errors are the test's. */
async function ask(
  act: (ecb: ExtensionControlBlock) => unknown,
  init: RequestInit & { duplex?: 'half' } = {},
  services: Partial<ExtensionServices> = {},
  path = '/',
): Promise<Response> {
  const acted = Promise.withResolvers<void>();
  await using running = await startExtension(
    {
      async httpExtensionProc(ecb) {
        try {
          await act(ecb);
          acted.resolve();
        } catch (error) {
          acted.reject(error);
        }
        return HSE.HSE_STATUS_SUCCESS;
      },
    },
    services,
  );
  const [answer] = await Promise.all([fetch(`${running.url}${path}`, init), acted.promise]);
  const body = await answer.arrayBuffer();
  return new Response(body.byteLength > 0 ? body : null, answer);
}

suite('GetServerVariable (7.3)', () => {
  test('names without a prefix, HTTP_ with underscores, HEADER_ as it is written, UNICODE_ in front', async () => {
    await ask(
      (ecb) => {
        const values: Record<string, string> = {
          REQUEST_METHOD: 'PUT',
          QUERY_STRING: 'a=1',
          PATH_INFO: '/k%C3%A4se',
          URL: '/k%C3%A4se',
          HTTP_URL: '/k%C3%A4se?a=1',
          UNICODE_URL: '/k%C3%A4se',
          query_string: 'a=1',
          UNICODE_REMOTE_ADDR: '127.0.0.1',
          CONTENT_LENGTH: '4',
          CONTENT_TYPE: 'text/tea',
          SERVER_NAME: '127.0.0.1',
          SERVER_PROTOCOL: 'HTTP/1.1',
          HTTPS: 'off',
          SERVER_PORT_SECURE: '0',
          APP_POOL_ID: 'test pool',
          REMOTE_USER: '',
          HTTP_X_TEA_KIND: 'green',
          'HEADER_X-Tea-Kind': 'green',
          'HEADER_x-tea-kind': 'green',
        };
        for (const [name, value] of Object.entries(values)) assert.equal(ecb.getServerVariable(name), value, name);
        assert.match(ecb.getServerVariable('ALL_HTTP'), /HTTP_X_TEA_KIND:green\n/);
        assert.match(ecb.getServerVariable('ALL_RAW'), /x-tea-kind: green\r\n/i);
      },
      { method: 'PUT', body: 'brew', headers: { 'x-tea-kind': 'green', 'content-type': 'text/tea' } },
      {},
      '/k%C3%A4se?a=1',
    );
  });

  test('a name that is none is ERROR_INVALID_INDEX, one without a value ERROR_NO_DATA, no name ERROR_INVALID_PARAMETER', async () => {
    await ask((ecb) => {
      for (const name of ['TEA', 'constructor', '__proto__', 'HTTP_', 'UNICODE_HTTP_HOST', 'UNICODE_HEADER_Host', 'UNICODE_TEA'])
        assert.throws(() => ecb.getServerVariable(name), is('ERROR_INVALID_INDEX'), name);
      for (const name of ['HTTP_X_NONE', 'HEADER_X-None', 'HEADER_USER_AGENT', 'CERT_SUBJECT', 'AUTH_PASSWORD'])
        assert.throws(() => ecb.getServerVariable(name), is('ERROR_NO_DATA'), name);
      for (const name of ['', undefined, 7]) assert.throws(() => ecb.getServerVariable(name as string), is('ERROR_INVALID_PARAMETER'));
    });
  });

  test('what modules have set goes before', async () => {
    await ask(
      (ecb) => {
        assert.equal(ecb.getServerVariable('LOGON_USER'), 'ada');
        assert.equal(ecb.getServerVariable('UNICODE_LOGON_USER'), 'ada');
        assert.throws(() => ecb.getServerVariable('HTTP_NONE'), is('ERROR_NO_DATA'));
        assert.throws(() => ecb.getServerVariable('NONE'), is('ERROR_INVALID_INDEX'));
      },
      {},
      { contextOf: () => ({ getServerVariable: (name) => (name === 'LOGON_USER' ? 'ada' : undefined), getTraceContext: () => undefined }) },
    );
  });
});

suite('the body: preload and ReadClient (7.3, 7.6)', () => {
  for (const length of [1, PRELOAD_LIMIT_BYTES - 1, PRELOAD_LIMIT_BYTES, PRELOAD_LIMIT_BYTES + 1, 1_000_003]) {
    for (const isChunked of [false, true]) {
      test(`${length} bytes${isChunked ? ' of unknown length' : ''}: at most 48 KiB come before the call, the rest is read, and none twice`, async () => {
        const body = randomBytes(length);
        const stream = new ReadableStream({
          start(controller) {
            for (let at = 0; at < length; at += 30_000) controller.enqueue(body.subarray(at, at + 30_000));
            controller.close();
          },
        });
        await ask(
          async (ecb) => {
            assert.equal(ecb.totalBytes, isChunked ? HSE.HSE_TOTAL_BYTES_UNKNOWN : length);
            assert.equal(ecb.availableBytes, Math.min(length, PRELOAD_LIMIT_BYTES));
            assert.equal(ecb.data.length, ecb.availableBytes);
            const hash = createHash('sha1').update(ecb.data);
            const buffer = Buffer.alloc(77_777);
            let total = ecb.availableBytes;
            for (;;) {
              const bytes = await ecb.readClient(buffer);
              if (bytes === 0) break;
              hash.update(buffer.subarray(0, bytes));
              total += bytes;
            }
            assert.equal(total, length);
            assert.equal(hash.digest('hex'), createHash('sha1').update(body).digest('hex'));
            assert.equal(await ecb.readClient(buffer), 0);
          },
          isChunked ? { method: 'POST', body: stream, duplex: 'half' } : { method: 'POST', body },
        );
      });
    }
  }

  test('the extension is not called before its 48 KiB are there', async () => {
    let calls = 0;
    await using running = await startExtension(
      pending((ecb) => {
        calls++;
        done(ecb);
      }),
    );
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES - 1)}`);
    await until(() => running.host.stats.inUse === 1);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(calls, 0);
    socket.write('x');
    await until(() => calls === 1);
    socket.destroy();
  });

  test('an upload that nobody reads holds the client back, and is thrown away behind the session', async () => {
    const body = Buffer.alloc(8 << 20, 'u');
    const answer = await ask((ecb) => assert.equal(ecb.availableBytes, PRELOAD_LIMIT_BYTES), { method: 'POST', body });
    assert.equal(answer.status, 200);
  });

  test('a closed client is 0 bytes, not an error', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(pending((ecb) => given.push(ecb)));
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES)}`);
    await until(() => given.length === 1);
    const read = given[0]!.readClient(Buffer.alloc(100));
    assert.throws(() => given[0]!.readClient(Buffer.alloc(100)), is('ERROR_INVALID_PARAMETER'));
    socket.destroy();
    assert.equal(await read, 0);
    assert.equal(await given[0]!.readClient(Buffer.alloc(100)), 0);
    done(given[0]!);
  });

  test('it waits 60 s whatever the configuration says, then rejects; the next read gets what comes', async (context) => {
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(pending((ecb) => given.push(ecb)));
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES)}`);
    await until(() => given.length === 1);
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const read = given[0]!.readClient(Buffer.alloc(100));
    let isOver = false;
    const over = read.catch((error: unknown) => {
      isOver = true;
      return error;
    });
    context.mock.timers.tick(59_999);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isOver, false);
    context.mock.timers.tick(1);
    assert.ok(is('ERROR_TIMEOUT')(await over));
    context.mock.timers.reset();
    const next = given[0]!.readClient(Buffer.alloc(100));
    socket.write('late');
    assert.equal(await next, 4);
    done(given[0]!);
    socket.destroy();
  });

  test('a read that waits when the session ends is rejected, and ends no process when nobody hears it', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(pending((ecb) => given.push(ecb)));
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES)}`);
    await until(() => given.length === 1);
    const read = given[0]!.readClient(Buffer.alloc(100));
    done(given[0]!);
    await assert.rejects(read, is('ERROR_OPERATION_ABORTED'));
    socket.destroy();
  });

  test('an echo by asynchronous reads and writes gives back what came', async () => {
    const body = randomBytes(3_000_000);
    await using running = await startExtension(
      pending((ecb) => {
        const buffer = Buffer.alloc(256 << 10);
        let isWriting = true;
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, (_ecb, _context, bytes, error) => {
          isWriting = !isWriting;
          if (error || (isWriting && bytes === 0)) return done(ecb);
          if (isWriting) return ecb.writeClient(buffer.subarray(0, bytes), HSE.HSE_IO_ASYNC);
          ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, buffer);
        });
        ecb.writeClient(ecb.data, HSE.HSE_IO_ASYNC);
      }),
    );
    const answer = await fetch(running.url, { method: 'POST', body });
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
  });
});

suite('WriteClient (7.3)', () => {
  test('synchronous writes keep their order, awaited or not, and tell their bytes', async () => {
    const answer = await ask(async (ecb) => {
      ecb.writeClient(Buffer.from('a'));
      ecb.writeClient(Buffer.from('b'), HSE.HSE_IO_SYNC);
      assert.equal(await ecb.writeClient(Buffer.from('cd')), 2);
      assert.equal(await ecb.writeClient(Buffer.alloc(0)), 0);
    });
    assert.equal(await answer.text(), 'abcd');
  });

  test('other flags, and what is no buffer, are refused', async () => {
    await ask((ecb) => {
      for (const flags of [0, 3, HSE.HSE_IO_FINAL_SEND])
        assert.throws(() => ecb.writeClient(Buffer.from('x'), flags as 1), is('ERROR_INVALID_PARAMETER'));
      for (const buffer of ['text', undefined, null, 7])
        assert.throws(() => ecb.writeClient(buffer as never), is('ERROR_INVALID_PARAMETER'));
    });
  });
});

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
        assert.throws(() => send(info), is('ERROR_INVALID_PARAMETER'), JSON.stringify(info));
      send({ status: '202 Taken' });
      assert.equal(ecb.httpStatusCode, 202);
      assert.throws(() => send({}), is('ERROR_INVALID_PARAMETER'));
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
          assert.throws(() => ecb.writeClient(Buffer.from('x')), is('ERROR_INVALID_PARAMETER'));
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
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, info as never), is('ERROR_INVALID_PARAMETER'));
    });
  });

  test('MAP_URL_TO_PATH in its four forms', async () => {
    await ask(
      (ecb) => {
        for (const code of [HSE.HSE_REQ_MAP_URL_TO_PATH, HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH] as const)
          assert.equal(ecb.serverSupportFunction(code, '/a/../usr/50%25?x'), '/usr/50%');
        for (const code of [HSE.HSE_REQ_MAP_URL_TO_PATH_EX, HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX] as const) {
          const { path, flags, matchingPathLength, matchingUrlLength } = ecb.serverSupportFunction(code, '/usr');
          assert.deepEqual(
            [path, flags & HSE.HSE_URL_FLAGS_READ, matchingPathLength, matchingUrlLength],
            ['/usr', HSE.HSE_URL_FLAGS_READ, 0, 1],
          );
          assert.equal(ecb.serverSupportFunction(code, '/no such file').flags, 0);
        }
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_MAP_URL_TO_PATH, '/../etc'), is('ERROR_INVALID_PARAMETER'));
      },
      {},
      { mapPath: (url) => decodeURIComponent(url) },
    );
  });

  test('EXEC_URL runs a child request as an operation, and its status can be asked for', async () => {
    const recorder = new Recorder();
    const answer = await ask(
      async (ecb) => {
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_GET_EXEC_URL_STATUS), is('ERROR_INVALID_PARAMETER'));
        for (const url of ['tea', '/tea time', '/tea\r\nX-A: 2'])
          assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url }), is('ERROR_INVALID_PARAMETER'));
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', method: 'PUT', entity: 'milk', childHeaders: { 'x-a': '1' } });
        assert.throws(() => ecb.writeClient(Buffer.from('x')), is('ERROR_INVALID_PARAMETER'));
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
          assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', flags }), is('ERROR_NOT_SUPPORTED'));
        assert.throws(
          () => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', flags: 'x' as never }),
          is('ERROR_INVALID_PARAMETER'),
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
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child' }), is('ERROR_INVALID_PARAMETER'));
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
      assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_URL, '/other'), is('ERROR_NOT_SUPPORTED'));
      assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/other' }), is('ERROR_NOT_SUPPORTED'));
    });
  });

  test('facts of the process: IS_IN_PROCESS, GET_WORKER_PROCESS_SETTINGS, GET_TRACE_INFO', async () => {
    const trace = { traceparent: '00-1-2-01', isSampled: true };
    await ask(
      (ecb) => {
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_IN_PROCESS), HSE.HSE_APP_FLAG_IN_PROCESS);
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_GET_WORKER_PROCESS_SETTINGS).applicationPool, 'test pool');
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_GET_TRACE_INFO), trace);
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_GET_TRACE_INFO_EX), trace);
      },
      {},
      { contextOf: () => ({ getServerVariable: () => undefined, getTraceContext: () => trace }) },
    );
    await ask((ecb) => assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_GET_TRACE_INFO), is('ERROR_NOT_SUPPORTED')));
  });
});
