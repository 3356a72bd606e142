import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { Extension } from './extension.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { ExtensionHost } from './extension-host.ts';
import { startExtension } from './testing/start-extension.ts';

const text = (ecb: ExtensionControlBlock, body: string): HSE.ExtensionStatus => {
  ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, {
    headers: { 'Content-Type': 'text/plain', 'Content-Length': String(Buffer.byteLength(body)) },
  });
  ecb.writeClient(Buffer.from(body));
  return HSE.HSE_STATUS_SUCCESS_AND_KEEP_CONN;
};

suite('exports (7.1)', () => {
  const nothing = { log: () => {}, mapPath: () => '', pool: { enter: () => {} }, server: {} as never };

  test('a module without httpExtensionProc is no extension', () => {
    assert.throws(
      () => new ExtensionHost({ default: () => {} }, nothing),
      (error) => HostError.is(error, 'ERROR_INVALID_PARAMETER'),
    );
  });

  test('an extension may be a default export, also of transpiled CommonJS', () => {
    const extension: Extension = { httpExtensionProc: () => HSE.HSE_STATUS_SUCCESS };
    for (const exported of [extension, { default: extension }, { default: { default: extension } }]) new ExtensionHost(exported, nothing);
  });

  test('getExtensionVersion is asked once, with the version of the interface, and names the extension', async () => {
    const asked: number[] = [];
    const extension: Extension = {
      getExtensionVersion(version) {
        asked.push(version.extensionVersion);
        version.extensionDescription = 'greeter';
        return true;
      },
      httpExtensionProc: (ecb) => text(ecb, 'hello'),
    };
    await using running = await startExtension(extension);
    assert.equal(await (await fetch(running.url)).text(), 'hello');
    assert.equal(await (await fetch(running.url)).text(), 'hello');
    assert.deepEqual(asked, [HSE.HSE_VERSION]);
    assert.equal(running.host.name, 'greeter');
    await assert.rejects(running.host.load(), (error) => HostError.is(error, 'ERROR_ALREADY_EXISTS'));
  });

  test('false, or a throw, aborts the load', async () => {
    const httpExtensionProc = () => HSE.HSE_STATUS_SUCCESS;
    const unwilling = new ExtensionHost({ getExtensionVersion: async () => false, httpExtensionProc }, nothing);
    await assert.rejects(unwilling.load(), (error) => HostError.is(error, 'ERROR_PROCESS_ABORTED'));
    const broken = new ExtensionHost(
      {
        getExtensionVersion: () => {
          throw new Error('no licence');
        },
        httpExtensionProc,
      },
      nothing,
    );
    await assert.rejects(broken.load(), /no licence/);
  });

  test('an advisory unload may be refused, a must not; afterwards requests get 503', async () => {
    const told: number[] = [];
    await using running = await startExtension({
      httpExtensionProc: (ecb) => text(ecb, 'here'),
      terminateExtension(flags) {
        told.push(flags);
        return false;
      },
    });
    assert.equal(await running.host.terminate(HSE.HSE_TERM_ADVISORY_UNLOAD), false);
    assert.equal((await fetch(running.url)).status, 200);
    assert.equal(await running.host.terminate(HSE.HSE_TERM_MUST_UNLOAD), true);
    assert.equal((await fetch(running.url)).status, 503);
    assert.equal(await running.host.terminate(HSE.HSE_TERM_MUST_UNLOAD), true);
    assert.deepEqual(told, [HSE.HSE_TERM_ADVISORY_UNLOAD, HSE.HSE_TERM_MUST_UNLOAD]);
    await assert.rejects(running.host.terminate(7), (error) => HostError.is(error, 'ERROR_INVALID_PARAMETER'));
  });
});

suite('status of httpExtensionProc (7.1)', () => {
  for (const isAsync of [false, true]) {
    const form = isAsync ? 'a promise of ' : '';
    const answering = (status: unknown) => ({
      httpExtensionProc: () => (isAsync ? Promise.resolve(status) : status) as HSE.ExtensionStatus,
    });

    test(`${form}HSE_STATUS_SUCCESS without a send is an empty 200`, async () => {
      await using running = await startExtension(answering(HSE.HSE_STATUS_SUCCESS));
      const answer = await fetch(running.url);
      assert.deepEqual([answer.status, answer.headers.get('content-length'), await answer.text()], [200, '0', '']);
    });

    test(`${form}HSE_STATUS_ERROR is 500 and a line of the log`, async () => {
      await using running = await startExtension(answering(HSE.HSE_STATUS_ERROR));
      assert.equal((await fetch(`${running.url}/shop?a=1`)).status, 500);
      const line = await running.line('HSE_STATUS_ERROR');
      assert.deepEqual([line.level, line.fields.method, line.fields.url], ['error', 'GET', '/shop?a=1']);
    });

    test(`${form}something else is 500, and the line says what came`, async () => {
      await using running = await startExtension(answering(undefined));
      assert.equal((await fetch(running.url)).status, 500);
      assert.match(String((await running.line('httpExtensionProc failed')).fields.error), /expected HSE_STATUS_\*, got undefined/);
    });

    test(`a ${isAsync ? 'rejection' : 'throw'} is 500 and a line of the log`, async () => {
      await using running = await startExtension({
        httpExtensionProc() {
          const error = new Error('out of tea');
          if (isAsync) return Promise.reject(error);
          throw error;
        },
      });
      assert.equal((await fetch(running.url)).status, 500);
      assert.match(String((await running.line('httpExtensionProc failed')).fields.error), /out of tea/);
    });
  }

  test('a failure behind the first byte breaks the connection', async () => {
    await using running = await startExtension({
      async httpExtensionProc(ecb) {
        await ecb.writeClient(Buffer.from('half'));
        throw new Error('the other half is gone');
      },
    });
    await assert.rejects(fetch(running.url).then((answer) => answer.text()));
  });

  test('a failure behind a head that is not out is still 500', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { status: '200 OK', headers: 'X-Kept: no' });
        return HSE.HSE_STATUS_ERROR;
      },
    });
    const answer = await fetch(running.url);
    assert.deepEqual([answer.status, answer.headers.get('x-kept')], [500, null]);
  });

  test('HSE_STATUS_SUCCESS_AND_KEEP_CONN keeps the connection for the next request', async () => {
    await using running = await startExtension({ httpExtensionProc: (ecb) => text(ecb, ecb.pathInfo) });
    const answer = await running.exchange('GET /one HTTP/1.1\r\nHost: t\r\n\r\nGET /two HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n');
    assert.match(answer, /\/one[\s\S]*\/two$/);
  });

  test('HSE_STATUS_SUCCESS_AND_KEEP_CONN with less than the head promised breaks the connection and says why', async () => {
    await using running = await startExtension({
      async httpExtensionProc(ecb) {
        ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { headers: 'Content-Length: 10\r\n\r\n' });
        await ecb.writeClient(Buffer.from('short'));
        return HSE.HSE_STATUS_SUCCESS_AND_KEEP_CONN;
      },
    });
    const answer = await running.exchange('GET / HTTP/1.1\r\nHost: t\r\n\r\nGET /two HTTP/1.1\r\nHost: t\r\n\r\n');
    assert.match(answer, /\r\n\r\nshort$/);
    await running.line('needs what the head promised');
  });

  test('more than the head promised is refused, and nothing of it goes out', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { headers: 'Content-Length: 3\r\n\r\n' });
        assert.throws(
          () => ecb.writeClient(Buffer.from('four')),
          (error) => HostError.is(error, 'ERROR_INVALID_PARAMETER'),
        );
        ecb.writeClient(Buffer.from('yes'));
        return HSE.HSE_STATUS_SUCCESS_AND_KEEP_CONN;
      },
    });
    assert.equal(await (await fetch(running.url)).text(), 'yes');
  });
});

suite('fields of the control block (7.2)', () => {
  test('they say what the request is', async () => {
    let seen: unknown;
    await using running = await startExtension(
      {
        httpExtensionProc(ecb) {
          seen = {
            version: ecb.version,
            method: ecb.method,
            queryString: ecb.queryString,
            pathInfo: ecb.pathInfo,
            pathTranslated: ecb.pathTranslated,
            totalBytes: ecb.totalBytes,
            availableBytes: ecb.availableBytes,
            data: ecb.data.toString(),
            contentType: ecb.contentType,
            httpStatusCode: ecb.httpStatusCode,
            logData: ecb.logData,
          };
          return HSE.HSE_STATUS_SUCCESS;
        },
      },
      { mapPath: (url) => `/site${decodeURIComponent(url)}` },
    );
    await fetch(`${running.url}/caf%C3%A9/x?a=1&b=%20`, { method: 'PUT', body: 'tea', headers: { 'content-type': 'text/tea' } });
    assert.deepEqual(seen, {
      version: 0x80000,
      method: 'PUT',
      queryString: 'a=1&b=%20',
      pathInfo: '/café/x',
      pathTranslated: '/site/café/x',
      totalBytes: 3,
      availableBytes: 3,
      data: 'tea',
      contentType: 'text/tea',
      httpStatusCode: 200,
      logData: '',
    });
  });

  test('connId is never the same twice', async () => {
    const ids: number[] = [];
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        ids.push(ecb.connId);
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    for (let count = 0; count < 3; count++) await fetch(running.url);
    assert.equal(new Set(ids).size, 3);
  });

  test('httpStatusCode is the status of a head that the host writes', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        assert.throws(() => {
          ecb.httpStatusCode = 17;
        }, HostError);
        ecb.httpStatusCode = 404;
        ecb.writeClient(Buffer.from('none'));
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    const answer = await fetch(running.url);
    assert.deepEqual([answer.status, await answer.text()], [404, 'none']);
  });

  test('logData is cut at 80 bytes, between characters, and leaves a line with the log parameters', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        ecb.logData = 'é'.repeat(41);
        assert.equal(ecb.logData, 'é'.repeat(40));
        ecb.logData = `a${'é'.repeat(40)}`;
        assert.equal(ecb.logData, `a${'é'.repeat(39)}`);
        ecb.serverSupportFunction(HSE.HSE_REQ_APPEND_LOG_PARAMETER, '&cart=7');
        ecb.serverSupportFunction(HSE.HSE_REQ_APPEND_LOG_PARAMETER, '&vip');
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    await fetch(running.url);
    const { fields } = await running.line('extension request');
    assert.deepEqual([fields.logData, fields.parameters, fields.status], [`a${'é'.repeat(39)}`, '&cart=7&vip', 200]);
  });
});
